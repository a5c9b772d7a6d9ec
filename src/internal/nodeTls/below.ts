/**
 * The connection below TLS, as callbacks. Its fibers run on the runtime of the caller, so that they run in the
 * simulation that the caller runs in.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import type { RecvError, SendError } from "../../SocketError.ts"
import type { Connection, Failure } from "../stream/index.ts"

/** The most bytes of one read. */
const bufsize = 64 * 1024

/** What the connection below reports. */
export interface Above {
  /** Bytes have arrived. They are valid only during the call. */
  received(bytes: Uint8Array): void
  /** The peer has ended its half. */
  ended(): void
  failed(failure: Failure): void
}

const failureOf = (cause: Cause.Cause<RecvError | SendError>): Failure | undefined => {
  const error = Option.getOrUndefined(Cause.failureOption(cause))
  // Closed by us: nothing has failed.
  if (error === undefined || error.reason === "Closed" || error.reason === "AfterShutdown") return undefined
  const code = error.code ?? (error.reason === "BrokenPipe" ? "EPIPE" : undefined)
  const reason = error.reason === "TimedOut" || error.reason === "Reset" ? error.reason : undefined
  return { code, reason: code === undefined ? (reason ?? "Unknown") : undefined, cause: error }
}

export class Below {
  readonly connection: Connection
  private readonly above: Above
  private readonly run: <A, E>(effect: Effect.Effect<A, E>, done: (exit: Exit.Exit<A, E>) => void) => void
  private isReading = false
  private isPaused = true
  /** No more bytes will arrive. */
  private isOver = false

  constructor(connection: Connection, above: Above, runtime: Runtime.Runtime<never>) {
    this.connection = connection
    this.above = above
    const fork = Runtime.runFork(runtime)
    this.run = (effect, done) => {
      const fiber = fork(effect)
      const exit = fiber.unsafePoll()
      if (exit === null) fiber.addObserver(done)
      else done(exit)
    }
  }

  /** Starts or continues reading. */
  resume(): void {
    this.isPaused = false
    if (this.isReading || this.isOver) return
    this.isReading = true
    this.run(this.reads, exit => {
      this.isReading = false
      if (Exit.isSuccess(exit)) return
      this.isOver = true
      const failure = failureOf(exit.cause)
      if (failure !== undefined) this.above.failed(failure)
    })
  }

  /** Stops reading after the chunk that is being read. */
  pause(): void {
    this.isPaused = true
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

  /** Sends bytes, then calls `done`. Returns true if it has called `done` already. */
  send(buffers: ReadonlyArray<Uint8Array>, done: (failure: Failure | undefined) => void): boolean {
    let isDone = false
    this.run(this.connection.sendAll(buffers), exit => {
      isDone = true
      const failure = Exit.isFailure(exit) ? (failureOf(exit.cause) ?? { code: "ERR_SOCKET_CLOSED" }) : undefined
      done(failure)
    })
    return isDone
  }

  /** Ends our half, then calls `done`. */
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
