/**
 * Moves bytes from one socket to another, as a proxy does. A slow receiver slows the sender down, and a failure reaches
 * both peers as a reset, so that no peer mistakes a part of a message for the whole.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import { duration } from "./internal/option/index.ts"
import { bufsize } from "./internal/stream/index.ts"
import type * as Socket from "./Socket.ts"
import * as SocketError from "./SocketError.ts"

/**
 * The number of bytes sent from socket `a` to socket `b`, and from `b` to `a`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Counts {
  readonly aToB: number
  readonly bToA: number
}

/**
 * Options of `pump`.
 *
 * @since 0.1.0
 * @category options
 */
export interface Options<R = never> {
  /**
   * Called with the counts so far: regularly while the pump runs, and once more when it has ended or failed. The pump
   * continues during a call, and calls never overlap. A call that still runs when the pump ends is interrupted.
   */
  readonly onProgress?: ((soFar: Counts) => Effect.Effect<void, never, R>) | undefined
  /**
   * How long no byte may move after one peer has ended. A peer that has closed looks like one that has only ended, so
   * without this limit a pair whose other peer stays silent would never end. The pump notices the silence up to a
   * quarter of the time later. Then it aborts both sockets and fails with reason `TimedOut` and the addresses of the
   * socket whose peer has not ended. Default: 2 minutes. `Infinity` means no limit.
   */
  readonly halfOpenTimeout?: Duration.DurationInput | undefined
  /** The time between two calls of `onProgress`, measured with Effect's Clock. Default: 1 second. */
  readonly every?: Duration.DurationInput | undefined
}

type Pumping<A> = Effect.Effect<A, SocketError.RecvError | SocketError.SendError>

/** Holds one chunk at a time, and calls `sent` after each one. */
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
 * Sends to socket `to` what it receives from socket `from`, until the end of `from`. Returns the number of bytes. It
 * holds one chunk at a time, so a slow receiver slows the sender down. It does not pass on the end or a failure: the
 * caller decides what happens to `to`. If it is interrupted, at most one received chunk has not been sent.
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
 * Copies in both directions at once, until both have ended. Returns the number of bytes in each direction. When one
 * peer ends, the pump ends the other socket's sending half (`shutdownSend`) and continues in the other direction, so
 * that an answer after a half-close arrives. After the first end, `halfOpenTimeout` limits how long no byte may move.
 *
 * If a socket fails, the pump aborts both and fails with that error, whose addresses tell which socket it was. A peer
 * that is cut off sees a reset, never an end. If the pump is interrupted, it leaves both sockets open. Their Scopes
 * reset them if they are interrupted too. A `recvTimeout` of a socket applies to bytes from its own peer: a peer that
 * only receives is cut off, even if the other peer keeps sending.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import { Network, Pump, Server } from "effect-sockets"
 *
 * // Opens a connection to the server for each client, and connects the two.
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
    const every = duration("every", options?.every, "1 second")
    const counts = { aToB: 0, bToA: 0 }
    const there = forward(a, b, bytes => {
      counts.aToB += bytes
    })
    const back = forward(b, a, bytes => {
      counts.bToA += bytes
    })
    const ended = halfOpen(a, b, options?.halfOpenTimeout)
    const both = Effect.zipWith(
      Effect.zipRight(Effect.zipRight(there, b.shutdownSend), ended(b)),
      Effect.zipRight(Effect.zipRight(back, a.shutdownSend), ended(a)),
      (): Counts => counts,
      { concurrent: true }
    )
    const pumped = Effect.uninterruptibleMask(restore => abortingBoth(a, b, restore(both)))
    return options?.onProgress === undefined ? pumped : reporting(pumped, counts, options.onProgress, every)
  })

const defaultHalfOpenTimeout = Duration.minutes(2)

/** How often to look whether a byte has moved, within the timeout. */
const looks = 4

/**
 * Returns what a direction does at its end. The first direction that ends waits for the other one, and fails if no byte
 * moves for the timeout. `silent` is the socket whose peer has not ended.
 */
const halfOpen = (a: Socket.Socket, b: Socket.Socket, option: Duration.DurationInput | undefined) => {
  const timeout = option === undefined ? defaultHalfOpenTimeout : Duration.decode(option)
  const bothEnded = Deferred.unsafeMake<void>(FiberId.none)
  const moved = Effect.zipWith(a.stats, b.stats, (a, b) =>
    [a, b].reduce((sum, { bytesReceived, bytesSent, bytesUnsent }) => sum + bytesReceived + bytesSent - bytesUnsent, 0)
  )
  // The second sleep lets a turn of the event loop pass: if the loop was held up, bytes may be there already.
  const aWhile = Effect.zipRight(Effect.sleep(Duration.times(timeout, 1 / looks)), Effect.sleep(0))
  const watch = (silent: Socket.Socket, last: number, unchanged: number): Pumping<never> =>
    Effect.flatMap(Effect.zipRight(aWhile, moved), now =>
      now !== last
        ? watch(silent, now, 0)
        : unchanged + 1 < looks
          ? watch(silent, last, unchanged + 1)
          : Effect.fail(silence(silent, timeout))
    )
  let isHalfOpen = false
  return (silent: Socket.Socket): Pumping<void> =>
    Effect.suspend(() => {
      if (isHalfOpen) return Deferred.succeed(bothEnded, undefined)
      isHalfOpen = true
      const wait = Deferred.await(bothEnded)
      return Duration.isFinite(timeout)
        ? Effect.raceFirst(
            wait,
            Effect.flatMap(moved, now => watch(silent, now, 0))
          )
        : wait
    })
}

const silence = ({ localAddress, remoteAddress }: Socket.Socket, timeout: Duration.Duration): SocketError.RecvError =>
  new SocketError.RecvError({ reason: "TimedOut", by: "halfOpenTimeout", timeout, localAddress, remoteAddress })

/** If a socket fails, aborts both sockets and fails with the first error. Leaves defects and interruptions to the Scopes. */
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
  every: Duration.Duration
) => {
  const report = Effect.suspend(() => onProgress({ ...counts }))
  const again = Effect.forever(Effect.zipRight(Effect.sleep(every), report))
  return Effect.raceFirst(Effect.either(pumping), again).pipe(Effect.zipLeft(report), Effect.flatMap(identity))
}
