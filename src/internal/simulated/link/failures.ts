/**
 * Which operations must fail because of the fault `failNext`.
 *
 * @internal
 */
export type Operation = "connect" | "listen" | "resolve" | "recv" | "send"

interface Failure {
  readonly host: string
  readonly operation: Operation
  readonly code: string
  left: number
}

export class Failures {
  private all: ReadonlyArray<Failure> = []
  private readonly onFailure: (host: string, operation: Operation) => void

  constructor(onFailure: (host: string, operation: Operation) => void) {
    this.onFailure = onFailure
  }

  /**
   * Makes the next `times` operations of a host fail with the code. Returns a function that cancels the failures that
   * are left.
   */
  add(host: string, operation: Operation, code: string, times: number): () => void {
    const failure: Failure = { host: host.toLowerCase(), operation, code, left: times }
    this.all = [...this.all, failure]
    return () => {
      this.all = this.all.filter(other => other !== failure)
    }
  }

  /** If an operation must fail, counts the failure and returns the code of the error. Otherwise returns undefined. */
  take(host: string, operation: Operation): string | undefined {
    if (this.all.length === 0) return undefined
    const name = host.toLowerCase()
    const failure = this.all.find(one => one.host === name && one.operation === operation && one.left > 0)
    if (failure === undefined) return undefined
    failure.left -= 1
    this.onFailure(name, operation)
    return failure.code
  }
}
