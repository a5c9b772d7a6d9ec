/**
 * Plays one step of a script with a client, and detects when the client departs from the step.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Socket from "../../Socket.ts"
import type { RecvError, SendError } from "../../SocketError.ts"
import { more, take } from "../receive/index.ts"
import type { DepartureReason } from "./departure.ts"
import { firstDifference } from "./quote.ts"
import { isBroken } from "./recording.ts"
import { takeRest } from "./server.ts"
import type { LinePattern, Step } from "./step.ts"

/** How a client departed from its script, and the bytes that the step received. */
export interface Departed {
  readonly _tag: "Departed"
  readonly reason: DepartureReason
  readonly received: Uint8Array
}

const departed = (reason: DepartureReason, received: Uint8Array = none): Departed => ({
  _tag: "Departed",
  reason,
  received
})

const none = new Uint8Array(0)

/** The most unexpected bytes that a departure keeps. */
const mostReceived = 1024

/**
 * If the connection broke or the client closed it, turns the error into a departure. Any other error is a bug, so the
 * effect dies.
 */
const orDeparted = <A>(
  effect: Effect.Effect<A, Departed | RecvError | SendError>,
  received: Uint8Array = none
): Effect.Effect<A, Departed> =>
  Effect.catchAll(effect, error => {
    if (error._tag === "Departed") return Effect.fail(error)
    if (isBroken(error)) return Effect.fail(departed("Reset", received))
    return error.reason === "BrokenPipe" ? Effect.fail(departed("End", received)) : Effect.die(error)
  })

/**
 * Takes the bytes that match `expected` from index `at` on, and returns their number. If a byte does not match or the
 * client has ended, takes all buffered bytes and returns the departure.
 */
const comparing =
  (expected: Uint8Array, at: number): Socket.Step<number | Departed, never> =>
  (view, ended) => {
    if (view.length === 0) return ended ? take(0, departed("End", expected.subarray(0, at))) : more(1)
    const wanted = expected.subarray(at, at + view.length)
    const same = firstDifference(wanted, view)
    if (same === wanted.length) return take(same, same)
    const received = new Uint8Array(Math.min(view.length, same + mostReceived) + at)
    received.set(expected.subarray(0, at))
    received.set(view.subarray(0, received.length - at), at)
    return take(view.length, departed("OtherBytes", received))
  }

/**
 * Waits for the rest of `expected`, from index `at` on. Bytes that match are consumed as they arrive, so no byte is
 * compared twice.
 */
const expectBytes = (socket: Socket.Socket, expected: Uint8Array, at = 0): Effect.Effect<void, Departed> =>
  at === expected.length
    ? Effect.void
    : Effect.flatMap(orDeparted(socket.recvWith(comparing(expected, at)), expected.subarray(0, at)), came =>
        typeof came === "number" ? expectBytes(socket, expected, at + came) : Effect.fail(came)
      )

const departedWithRest = (socket: Socket.Socket, reason: DepartureReason): Effect.Effect<never, Departed> =>
  Effect.flatMap(takeRest(socket), rest => Effect.fail(departed(reason, rest.subarray(0, mostReceived))))

const isMatch = (line: string, pattern: LinePattern): boolean =>
  pattern instanceof RegExp ? line.search(pattern) >= 0 : pattern(line)

const endOfLine = /\r?\n$/

/** Decodes a line. Bytes that are not UTF-8 are replaced, so that every line can be matched. */
const replacing = /*#__PURE__*/ new TextDecoder("utf-8", { ignoreBOM: true })

const expectLine = (socket: Socket.Socket, pattern: LinePattern): Effect.Effect<void, Departed> =>
  socket.recvUntil("\n", { keepDelimiter: true }).pipe(
    Effect.catchTags({
      UnexpectedEnd: () => departedWithRest(socket, "End"),
      LimitExceeded: () => departedWithRest(socket, "OtherBytes"),
      RecvError: error => (isBroken(error) ? departedWithRest(socket, "Reset") : Effect.die(error))
    }),
    Effect.flatMap(bytes => {
      const line = replacing.decode(bytes).replace(endOfLine, "")
      const received = bytes.subarray(0, mostReceived)
      return isMatch(line, pattern) ? Effect.void : Effect.fail(departed("OtherBytes", received))
    })
  )

/** Takes the next bytes that arrive, and returns the first 1 KiB of them. At the end, returns no bytes. */
const anything: Socket.Step<Uint8Array, never> = (view, ended) =>
  view.length > 0 || ended ? take(view.length, view.slice(0, mostReceived)) : more(1)

const orMore = (received: Uint8Array): Effect.Effect<void, Departed> =>
  received.length > 0 ? Effect.fail(departed("MoreBytes", received)) : Effect.void

export const expectEnd = (socket: Socket.Socket): Effect.Effect<void, Departed> =>
  Effect.flatMap(orDeparted(socket.recvWith(anything)), orMore)

const expectReset = (socket: Socket.Socket): Effect.Effect<void, Departed> =>
  Effect.matchEffect(socket.recvWith(anything), {
    onFailure: error => (isBroken(error) ? Effect.void : Effect.die(error)),
    onSuccess: received => Effect.zipRight(orMore(received), Effect.fail(departed("End")))
  })

/**
 * Closes the connection. If bytes or a reset have already arrived, fails instead. Does not wait for later bytes:
 * `recvWith` races with a fiber that only yields once. If something has already arrived, `recvWith` wins.
 */
const close = (socket: Socket.Socket): Effect.Effect<void, Departed> =>
  Effect.raceFirst(socket.recvWith(anything), Effect.as(Effect.yieldNow(), none)).pipe(
    orDeparted,
    Effect.flatMap(orMore),
    Effect.zipRight(socket.close)
  )

export const playStep = (socket: Socket.Socket, step: Step): Effect.Effect<void, Departed> => {
  switch (step._tag) {
    case "Expect":
      return expectBytes(socket, step.bytes)
    case "ExpectLine":
      return expectLine(socket, step.pattern)
    case "ExpectEnd":
      return expectEnd(socket)
    case "ExpectReset":
      return expectReset(socket)
    case "Send":
      return orDeparted(socket.sendAll(step.bytes))
    case "Wait":
      return Effect.sleep(step.duration)
    case "ShutdownSend":
      return orDeparted(socket.shutdownSend)
    case "Close":
      return close(socket)
    case "Reset":
      return socket.abort
  }
}
