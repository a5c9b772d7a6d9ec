/** A few connections to a server, which many use in turn, and which are made anew when they are lost. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Pool from "effect/Pool"
import * as Schedule from "effect/Schedule"
import { Network, type Socket, SocketError } from "effect-sockets"

/** After a tenth of a second, then twice as long each time, and not all at once: some 25 seconds in all. */
const again = Schedule.exponential("100 millis").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(8)))

/** At most `max` connections, for as long as the Scope is open; who comes when all are in use waits. */
export const program = (server: Network.Target, max: number) =>
  Effect.gen(function* () {
    const connect = Network.connect(server, { timeout: "5 seconds", timeouts: { recvTimeout: "5 seconds" } })
    const pool = yield* Pool.makeWithTTL({ acquire: connect, min: 0, max, timeToLive: "1 minute" })

    /** Who did not come to the end of a talk leaves a connection on which nobody knows what comes next. */
    const once = <A, E, R>(talk: (socket: Socket.Socket) => Effect.Effect<A, E, R>) =>
      Effect.scoped(
        Effect.flatMap(pool.get, socket =>
          Effect.onError(talk(socket), () => Effect.zipRight(pool.invalidate(socket), socket.abort))
        )
      )

    /** A talk is begun again when the connection is lost: it has to be one that may be held twice. */
    const use = <A, E extends SocketError.SocketError, R>(talk: (socket: Socket.Socket) => Effect.Effect<A, E, R>) =>
      Effect.retry(once(talk), {
        schedule: again,
        while: error => SocketError.isPeerGone(error) || SocketError.isRetryable(error)
      })

    return { use }
  })

/** A talk: a line there, and a line back. */
export const ask = (line: string) => (socket: Socket.Socket) =>
  Effect.zipRight(
    socket.sendText(`${line}\n`),
    Effect.flatMap(
      socket.recvLine(),
      Option.match({
        onNone: () => new SocketError.UnexpectedEnd({ available: 0 }),
        onSome: answer => Effect.succeed(answer)
      })
    )
  )
