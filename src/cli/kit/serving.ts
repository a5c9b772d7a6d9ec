/**
 * Runs the server of a command until a signal arrives. Then it drains the server: clients have 10 seconds to finish.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Network from "../../Network.ts"
import * as Server from "../../Server.ts"
import type * as SocketError from "../../SocketError.ts"
import { type Teller, teller, type Watching } from "./event.ts"
import type { Listeners } from "./listening.ts"
import type { Output } from "./output.ts"
import { peerText } from "./peer.ts"
import { plural } from "./plural.ts"
import { tellInfo } from "./securing.ts"
import { Signals } from "./signal.ts"

type Handler<E> = Server.Handler<E, Network.Network | Output | Scope.Scope | Server.Draining>

/**
 * Serves the listeners that `listening` returns, until a signal arrives. Signals are handled from the start, because
 * `listening` may wait for a name server.
 */
export const serve = <E, E2>(
  config: Watching,
  listening: Effect.Effect<Listeners, E2, Network.Network | Output | Scope.Scope>,
  handler: Handler<E>
): Effect.Effect<void, E2 | SocketError.AcceptError, Network.Network | Output | Signals> =>
  Effect.scoped(
    Effect.gen(function* () {
      const told = yield* teller(config)
      const { nextThen130 } = yield* Signals
      const signal = yield* Effect.fork(nextThen130)
      const listeners = yield* Effect.raceFirst(Effect.asSome(listening), Effect.as(Fiber.join(signal), Option.none()))
      if (Option.isNone(listeners)) return
      const running = yield* Effect.forEach(listeners.value, listener =>
        Server.make(listener, accepted(told, handler), { onOutcome: outcome => ended(told, outcome) })
      )
      const all = { concurrency: "unbounded" } as const
      yield* Effect.raceFirst(
        Fiber.join(signal),
        Effect.forEach(running, ({ join }) => join, all)
      )
      const connections = (yield* Effect.forEach(running, ({ connections }) => connections)).flat()
      const busy = connections.filter(({ state }) => state === "Handling").length
      if (busy > 0) {
        const event = { event: "draining", connections: busy }
        const left = `${plural(busy, "connection")} left`
        yield* told.tell(event, `draining: ${left}; press Ctrl-C again to quit now`)
      }
      yield* Effect.forEach(running, ({ drain }) => drain, all)
    })
  )

const accepted =
  <E>(told: Teller, handler: Handler<E>): Handler<E> =>
  socket => {
    const from = peerText(socket.remoteAddress)
    const accepted = told.detail({ event: "accepted", from }, `accepted ${from}`)
    return Effect.zipRight(Effect.zipRight(accepted, tellInfo(told, socket)), handler(socket))
  }

const ended = <E>(
  { detail }: Teller,
  { age, bytesReceived: received, bytesSent: sent, reason, remoteAddress }: Server.Outcome<E>
): Effect.Effect<void> => {
  const from = peerText(remoteAddress)
  const millis = Duration.toMillis(age)
  return detail(
    { event: "ended", from, reason, received, sent, millis },
    `ended ${from}: ${reason}, ${plural(received, "byte")} received, ${plural(sent, "byte")} sent, ${millis}ms`
  )
}
