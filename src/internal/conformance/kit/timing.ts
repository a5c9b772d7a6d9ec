/**
 * What takes its time: peers that are slow, and what has to last for so long.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Socket from "../../../Socket.ts"
import type { RecvError, SendError, SocketError, TimedOutBy } from "../../../SocketError.ts"
import { check, equal, fails } from "./expect.ts"

/** Sends these bytes again and again, with so many milliseconds before each of them, for as long as it is let. */
export const dribble = (socket: Socket.Socket, bytes: Uint8Array, millis: number) =>
  Effect.forever(Effect.delay(socket.sendAll(bytes), millis))

/** It must not be done before so many milliseconds have passed. How much longer it takes is the machine's affair. */
export const lasts = <A, E, R>(millis: number, effect: Effect.Effect<A, E, R>, what: string): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const before = yield* Clock.currentTimeNanos
    const result = yield* effect
    const elapsed = Number((yield* Clock.currentTimeNanos) - before) / 1e6
    check(elapsed >= millis, `${what}: expected it to last for ${millis}ms, but it was done after ${elapsed}ms`)
    return result
  })

/** It has to fail by this limit, not before it has passed. */
export const timesOut = <A, E extends SocketError | { readonly _tag: string }>(
  effect: Effect.Effect<A, E>,
  by: TimedOutBy,
  millis: number,
  what: string
): Effect.Effect<RecvError | SendError> =>
  Effect.gen(function* () {
    const tag = by === "sendTimeout" ? "SendError" : "RecvError"
    const error = (yield* lasts(millis, fails(effect, tag, "TimedOut", what), what)) as unknown as RecvError | SendError
    equal(error.by, by, `${what}: by which limit`)
    equal(Duration.toMillis(error.timeout ?? Duration.infinity), millis, `${what}: the limit`)
    return error
  })
