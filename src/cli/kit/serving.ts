/**
 * Runs the server of a command until a signal arrives. Then it drains the server: clients have 10 seconds to finish.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Listener from "../../Listener.ts"
import type * as Network from "../../Network.ts"
import * as Server from "../../Server.ts"
import * as SocketAddress from "../../SocketAddress.ts"
import type * as SocketError from "../../SocketError.ts"
import { type Teller, teller, type Watching } from "./event.ts"
import type { Output } from "./output.ts"
import { plural } from "./plural.ts"
import { Signals } from "./signal.ts"

type Handler<E> = Server.Handler<E, Network.Network | Output | Scope.Scope | Server.Draining>

/**
 * Serves the listener that `listening` returns. Signals are handled from the start, because `listening` may wait for a
 * name server.
 */
export const serve = <E, E2>(
  config: Watching,
  listening: Effect.Effect<Listener.Listener, E2, Network.Network | Output | Scope.Scope>,
  handler: Handler<E>
): Effect.Effect<void, E2 | SocketError.AcceptError, Network.Network | Output | Signals> =>
  Effect.scoped(
    Effect.gen(function* () {
      const told = yield* teller(config)
      const { nextThen130 } = yield* Signals
      const signal = yield* Effect.fork(nextThen130)
      const listener = yield* Effect.raceFirst(Effect.asSome(listening), Effect.as(Fiber.join(signal), Option.none()))
      if (Option.isNone(listener)) return
      const running = yield* Server.make(listener.value, accepted(told, handler), {
        onOutcome: outcome => ended(told, outcome)
      })
      yield* Effect.raceFirst(Fiber.join(signal), running.join)
      const busy = (yield* running.connections).filter(({ state }) => state === "Handling").length
      if (busy > 0) {
        const event = { event: "draining", connections: busy }
        const left = `${plural(busy, "connection")} left`
        yield* told.tell(event, `draining: ${left}; press Ctrl-C again to quit now`)
      }
      yield* running.drain
    })
  )

const accepted =
  <E>({ detail }: Teller, handler: Handler<E>): Handler<E> =>
  socket => {
    const from = SocketAddress.format(socket.remoteAddress)
    return Effect.zipRight(detail({ event: "accepted", from }, `accepted ${from}`), handler(socket))
  }

const ended = <E>(
  { detail }: Teller,
  { age, bytesReceived: received, bytesSent: sent, reason, remoteAddress }: Server.Outcome<E>
): Effect.Effect<void> => {
  const from = SocketAddress.format(remoteAddress)
  const millis = Duration.toMillis(age)
  return detail(
    { event: "ended", from, reason, received, sent, millis },
    `ended ${from}: ${reason}, ${plural(received, "byte")} received, ${plural(sent, "byte")} sent, ${millis}ms`
  )
}
