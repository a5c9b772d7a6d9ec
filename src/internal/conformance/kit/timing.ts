/**
 * Sends bytes slowly, and checks how long an effect takes.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Socket from "../../../Socket.ts"
import type { RecvError, SendError, SocketError, TimedOutBy } from "../../../SocketError.ts"
import { check, equal, fails } from "./expect.ts"

/** Sends these bytes repeatedly until interrupted. Waits `millis` milliseconds before each send. */
export const dribble = (socket: Socket.Socket, bytes: Uint8Array, millis: number) =>
  Effect.forever(Effect.delay(socket.sendAll(bytes), millis))

/** Checks that the effect takes at least `millis` milliseconds. It may take longer on a slow machine. */
export const lasts = <A, E, R>(millis: number, effect: Effect.Effect<A, E, R>, what: string): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const before = yield* Clock.currentTimeNanos
    const result = yield* effect
    const elapsed = Number((yield* Clock.currentTimeNanos) - before) / 1e6
    check(elapsed >= millis, `${what}: expected at least ${millis}ms, but finished after ${elapsed}ms`)
    return result
  })

/**
 * Checks that the effect fails with `TimedOut` after at least `millis` milliseconds. The error must name the timeout
 * `by` and its length `millis`.
 */
export const timesOut = <A, E extends SocketError | { readonly _tag: string }>(
  effect: Effect.Effect<A, E>,
  by: TimedOutBy,
  millis: number,
  what: string
): Effect.Effect<RecvError | SendError> =>
  Effect.gen(function* () {
    const tag = by === "sendTimeout" ? "SendError" : "RecvError"
    const error = (yield* lasts(millis, fails(effect, tag, "TimedOut", what), what)) as unknown as RecvError | SendError
    equal(error.by, by, `${what}: by, in the error`)
    equal(Duration.toMillis(error.timeout ?? Duration.infinity), millis, `${what}: timeout, in the error`)
    return error
  })
