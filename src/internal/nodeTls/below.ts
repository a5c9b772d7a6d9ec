/**
 * Receives and sends ciphertext on the connection below TLS, with callbacks. Its fibers use the runtime of the caller.
 * So if the caller runs in a simulation, they run in this simulation too.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import type { RecvError, SendError } from "../../SocketError.ts"
import { type Connection, type Failure, type Tap, WireTransport } from "../stream/index.ts"

/** The most bytes that one receive takes. */
const bufsize = 64 * 1024

const failureOf = (cause: Cause.Cause<RecvError | SendError>): Failure | undefined => {
  const error = Option.getOrUndefined(Cause.failureOption(cause))
  if (error === undefined) return { reason: "Unknown", cause: Cause.squash(cause) }
  // We have closed the connection, so this is no failure.
  if (error.reason === "Closed" || error.reason === "AfterShutdown") return undefined
  const code = error.code ?? (error.reason === "BrokenPipe" ? "EPIPE" : undefined)
  const reason = error.reason === "TimedOut" || error.reason === "Reset" ? error.reason : undefined
  return { code, reason: code === undefined ? (reason ?? "Unknown") : undefined, cause: error }
}

/** Fills in the reason of a failure that has no code. */
export const knownFailure = (failure: Failure): Failure => {
  const { code, reason } = failure
  return { ...failure, reason: code === undefined ? (reason ?? "Unknown") : undefined }
}

/** Runs an effect. Calls `done` before it returns, if it can. */
export type Run = <A, E>(effect: Effect.Effect<A, E>, done: (exit: Exit.Exit<A, E>) => void) => void

export const runIn = (runtime: Runtime.Runtime<never>): Run => {
  const fork = Runtime.runFork(runtime)
  return (effect, done) => {
    const fiber = fork(effect)
    const exit = fiber.unsafePoll()
    if (exit === null) fiber.addObserver(done)
    else done(exit)
  }
}

export class Below implements Tap {
  readonly connection: Connection
  private readonly above: Tap
  private readonly run: Run
  /** Set if the connection calls `received`, `ended` and `failed` directly, so that no fiber has to receive. */
  private diverted: WireTransport | undefined
  /** What arrived while `isPaused` was true, in order. */
  private readonly held: Array<Uint8Array | "end"> = []
  private isReading = false
  private isPaused = true
  /** No more bytes will arrive. */
  private isOver = false

  constructor(connection: Connection, above: Tap, run: Run) {
    this.connection = connection
    this.above = above
    this.run = run
  }

  /** Starts or continues reading. */
  resume(): void {
    const { connection, diverted } = this
    if (diverted !== undefined) {
      if (!this.isPaused) return
      this.isPaused = false
      while (this.held.length > 0 && !this.isPaused) this.releaseFirst()
      if (!this.isPaused) diverted.resume()
      return
    }
    this.isPaused = false
    if (this.isReading || this.isOver) return
    if (connection instanceof WireTransport && connection.divert(this)) {
      this.diverted = connection
      connection.resume()
      return
    }
    this.isReading = true
    this.run(this.reads, exit => {
      this.isReading = false
      if (Exit.isSuccess(exit)) return
      this.isOver = true
      const failure = failureOf(exit.cause)
      if (failure !== undefined) this.above.failed(failure)
    })
  }

  /** Stops reading. */
  pause(): void {
    if (this.isPaused) return
    this.isPaused = true
    this.diverted?.pause()
  }

  // The members of `Tap`, which the connection in `diverted` calls.

  received(bytes: Uint8Array): void {
    if (this.isPaused) this.held.push(bytes.slice())
    else this.above.received(bytes)
  }

  ended(): void {
    if (this.isPaused) this.held.push("end")
    else this.above.ended()
  }

  failed(failure: Failure): void {
    // Bytes that arrived before the failure can still be received, so they are decrypted before the failure is
    // reported.
    while (this.held.length > 0) this.releaseFirst()
    this.above.failed(knownFailure(failure))
  }

  private releaseFirst(): void {
    const first = this.held.shift()!
    if (first === "end") this.above.ended()
    else this.above.received(first)
  }

  private readonly reads: Effect.Effect<void, RecvError> = Effect.suspend(() =>
    Effect.flatMap(this.connection.recv(bufsize), received => {
      if (Option.isNone(received)) {
        this.isOver = true
        this.above.ended()
        return Effect.void
      }
      this.above.received(received.value)
      return this.isPaused ? Effect.void : this.reads
    })
  )

  /** Sends bytes, then calls `done`. Returns true if `done` was called before `send` returned. */
  send(buffers: ReadonlyArray<Uint8Array>, done: (failure: Failure | undefined) => void): boolean {
    const { connection } = this
    let isDone = false
    const over = (exit: Exit.Exit<void, SendError>) => {
      isDone = true
      const failure = Exit.isFailure(exit) ? (failureOf(exit.cause) ?? { code: "ERR_SOCKET_CLOSED" }) : undefined
      done(failure)
    }
    const sending = connection instanceof WireTransport ? connection.beginSend(buffers) : connection.sendAll(buffers)
    if (Exit.isExit(sending)) over(sending as Exit.Exit<void, SendError>)
    else this.run(sending, over)
    return isDone
  }

  /** Ends our half of the connection, then calls `done`. */
  end(done: () => void): void {
    this.run(this.connection.shutdownSend, done)
  }

  close(done: () => void): void {
    this.run(this.connection.close, done)
  }

  abort(done: () => void): void {
    this.run(this.connection.abort, done)
  }
}
