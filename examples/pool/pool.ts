/** A pool of connections. Many fibers share a few connections to a server, and lost connections are replaced. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Pool from "effect/Pool"
import * as Schedule from "effect/Schedule"
import { Network, type Socket, SocketError } from "effect-sockets"

/** Retries after about 100 ms, then after twice as long each time, eight times: about 25 seconds in total. */
const again = Schedule.exponential("100 millis").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(8)))

/** Makes a pool of at most `max` connections, which lasts until the Scope closes. If all are in use, `use` waits. */
export const program = (server: Network.Target, max: number) =>
  Effect.gen(function* () {
    const connect = Network.connect(server, { timeout: "5 seconds", timeouts: { recvTimeout: "5 seconds" } })
    const pool = yield* Pool.makeWithTTL({ acquire: connect, min: 0, max, timeToLive: "1 minute" })

    /** Runs `talk` once. If it fails or is interrupted, the connection is aborted: old answers may still come on it. */
    const once = <A, E, R>(talk: (socket: Socket.Socket) => Effect.Effect<A, E, R>) =>
      Effect.scoped(
        Effect.flatMap(pool.get, socket =>
          Effect.onError(talk(socket), () => Effect.zipRight(pool.invalidate(socket), socket.abort))
        )
      )

    /** Runs `talk` on a connection, and again if the connection is lost. So `talk` must be safe to repeat. */
    const use = <A, E extends SocketError.SocketError, R>(talk: (socket: Socket.Socket) => Effect.Effect<A, E, R>) =>
      Effect.retry(once(talk), {
        schedule: again,
        while: error => SocketError.isPeerGone(error) || SocketError.isRetryable(error)
      })

    return { use }
  })

/** A talk that sends a line and receives a line. */
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
