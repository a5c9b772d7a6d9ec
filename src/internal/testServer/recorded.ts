/**
 * A socket that records what is received from it, and what becomes of it.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Socket from "../../Socket.ts"
import { RecvError, SendError } from "../../SocketError.ts"
import { take } from "../receive/step.ts"
import type { Recording } from "./recording.ts"

/** What a step took, and as much of it as is to be kept. */
interface Taken<A> {
  readonly value: A
  readonly count: number
  readonly bytes: Uint8Array
  /** The client has ended, and nothing is left. */
  readonly atTheEnd: boolean
}

const broken: ReadonlySet<string> = new Set(["Reset", "TimedOut", "HostUnreachable", "Unknown"])

/** Whether the connection is no more, as opposed to a call that was wrong. */
export const isBroken = (error: RecvError | SendError): boolean => broken.has(error.reason)

/** The same step, telling what it takes: it may be run more than once, so what it sees is recorded afterwards. */
const telling =
  <A, E>(step: Socket.Step<A, E>, recording: Recording): Socket.Step<Taken<A>, E> =>
  (view, ended, offset) => {
    const instruction = step(view, ended, offset)
    if (instruction._tag !== "Take") return instruction
    const { bytes: count, value } = instruction
    const bytes = view.slice(0, Math.min(count, recording.room))
    return take(count, { value, count, bytes, atTheEnd: ended && count === view.length })
  }

const noteFailure = (recording: Recording, error: unknown): void => {
  if (!(error instanceof RecvError || error instanceof SendError)) return
  if (isBroken(error)) recording.end("Reset")
  // A pipe breaks when the peer has ended and gone.
  else if (error.reason === "BrokenPipe") recording.end("End")
}

export const recorded = (socket: Socket.Socket, recording: Recording): Socket.Socket => {
  const noting = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.tapError(effect, error => Effect.sync(() => noteFailure(recording, error)))
  const ending = (effect: Effect.Effect<void>, how: "Closed" | "Aborted") =>
    Effect.zipRight(
      effect,
      Effect.sync(() => recording.end(how))
    )
  return Socket.make({
    localAddress: socket.localAddress,
    remoteAddress: socket.remoteAddress,
    recv: bufsize =>
      Effect.flatMap(noting(socket.recv(bufsize)), received => {
        if (Option.isSome(received)) recording.receive(received.value.length, received.value)
        else recording.end("End")
        return Exit.succeed(received)
      }),
    recvWith: step =>
      Effect.flatMap(noting(socket.recvWith(telling(step, recording))), ({ atTheEnd, bytes, count, value }) => {
        recording.receive(count, bytes)
        if (atTheEnd) recording.end("End")
        return Exit.succeed(value)
      }),
    sendAll: bytes => noting(socket.sendAll(bytes)),
    shutdownSend: socket.shutdownSend,
    close: ending(socket.close, "Closed"),
    abort: ending(socket.abort, "Aborted"),
    awaitEnd: socket.awaitEnd,
    stats: socket.stats
  })
}
