/**
 * A setting that can be overlaid for a while: the latest of what is laid on it holds, in whatever order it is taken away.
 *
 * @internal
 */
export class Layered<A> {
  private readonly base: A
  private over: ReadonlyArray<{ readonly value: A }> = []

  constructor(base: A) {
    this.base = base
  }

  get current(): A {
    return this.over.at(-1)?.value ?? this.base
  }

  /** Gives what takes it away again. */
  lay(value: A): () => void {
    const layer = { value }
    this.over = [...this.over, layer]
    return () => {
      this.over = this.over.filter(other => other !== layer)
    }
  }
}
