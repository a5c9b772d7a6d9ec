/**
 * Bytes from one socket to another, as a proxy moves them: until the end, no faster than they are taken, and so that no
 * peer takes a message that was cut for a whole one.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import { bufsize } from "./internal/stream/index.ts"
import type * as Socket from "./Socket.ts"
import type * as SocketError from "./SocketError.ts"

/**
 * How many bytes went from the first socket to the second, and back.
 *
 * @since 0.1.0
 * @category models
 */
export interface Counts {
  readonly aToB: number
  readonly bToA: number
}

/**
 * @since 0.1.0
 * @category options
 */
export interface Options<R = never> {
  /**
   * Is given the counts so far, every so often and once more when the pump has ended or failed. While it runs the pump
   * goes on, and it is not run again.
   */
  readonly onProgress?: ((soFar: Counts) => Effect.Effect<void, never, R>) | undefined
  /** How long after a report the next one is made: 1 second by default, by Effect's Clock. */
  readonly every?: Duration.DurationInput | undefined
}

type Pumping<A> = Effect.Effect<A, SocketError.RecvError | SocketError.SendError>

/** `sent` is called after each chunk. One at a time is held. */
const forward = (from: Socket.Socket, to: Socket.Socket, sent: (bytes: number) => void): Pumping<void> => {
  const next: Pumping<void> = Effect.flatMap(from.recv(bufsize), received =>
    Option.isNone(received)
      ? Effect.void
      : Effect.flatMap(to.sendAll(received.value), () => {
          sent(received.value.length)
          return next
        })
  )
  return next
}

/**
 * Sends what is received `from` the one `to` the other, until the end of the first, and gives how many bytes that were.
 * It holds one chunk at a time, so that whoever does not take holds up whoever sends. Neither the end nor a failure is
 * passed on: that is the caller's. Interrupted, it has sent all that it received, but for one chunk at most.
 *
 * @since 0.1.0
 * @category pumping
 */
export const copy = (
  from: Socket.Socket,
  to: Socket.Socket
): Effect.Effect<number, SocketError.RecvError | SocketError.SendError> =>
  Effect.suspend(() => {
    let total = 0
    const sent = (bytes: number) => {
      total += bytes
    }
    return Effect.map(forward(from, to, sent), () => total)
  })

/**
 * Both directions at once, until both have ended. The end of the one is passed on (`shutdownSend`) while the other goes
 * on, so that an answer after a half-close arrives. If a socket fails, both are aborted, and then it fails with that
 * error, whose addresses tell which: a peer that was cut off sees a reset, never an end. Interrupted, it leaves both as
 * they are: how they end is for their scopes to say, which reset what was interrupted. A `recvTimeout` of a socket is of its
 * direction alone: it cuts a peer that only listens, however much the other sends.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import { Network, Pump, Server } from "effect-sockets"
 *
 * // Joins everybody who comes to a connection of their own.
 * export const program = Effect.flatMap(Network.listen("[::]:8081"), listener =>
 *   Server.serve(listener, client => Effect.flatMap(Network.connect("server:8080"), server => Pump.pump(client, server)))
 * )
 * ```
 *
 * @since 0.1.0
 * @category pumping
 */
export const pump = <R = never>(
  a: Socket.Socket,
  b: Socket.Socket,
  options?: Options<R>
): Effect.Effect<Counts, SocketError.RecvError | SocketError.SendError, R> =>
  Effect.suspend(() => {
    const counts = { aToB: 0, bToA: 0 }
    const there = forward(a, b, bytes => {
      counts.aToB += bytes
    })
    const back = forward(b, a, bytes => {
      counts.bToA += bytes
    })
    const both = Effect.zipWith(
      Effect.zipRight(there, b.shutdownSend),
      Effect.zipRight(back, a.shutdownSend),
      (): Counts => counts,
      { concurrent: true }
    )
    const pumped = Effect.uninterruptibleMask(restore => abortingBoth(a, b, restore(both)))
    return options?.onProgress === undefined ? pumped : reporting(pumped, counts, options.onProgress, options.every)
  })

/** Fails with what failed first, after both have been aborted. What is no failure of a socket is left to the scopes. */
const abortingBoth = <A>(a: Socket.Socket, b: Socket.Socket, pumping: Pumping<A>): Pumping<A> =>
  Effect.catchAllCause(pumping, cause =>
    Option.match(Cause.failureOption(cause), {
      onNone: () => Effect.failCause(cause),
      onSome: error => Effect.zipRight(Effect.zip(a.abort, b.abort, { concurrent: true }), Effect.fail(error))
    })
  )

const reporting = <A, R>(
  pumping: Pumping<A>,
  counts: Counts,
  onProgress: (soFar: Counts) => Effect.Effect<void, never, R>,
  every: Duration.DurationInput | undefined
) => {
  const report = Effect.suspend(() => onProgress({ ...counts }))
  const again = Effect.forever(Effect.zipRight(Effect.sleep(every ?? "1 second"), report))
  return Effect.raceFirst(Effect.either(pumping), again).pipe(Effect.zipLeft(report), Effect.flatMap(identity))
}
