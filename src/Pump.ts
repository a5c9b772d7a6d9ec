/**
 * Moves bytes from one socket to another, as a proxy does. A slow receiver slows the sender down. If `pump` fails, it
 * resets both connections, so that no TCP peer mistakes a part of a message for the whole.
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
import { callback, duration } from "./internal/option/index.ts"
import { bufsize } from "./internal/stream/index.ts"
import { sleep } from "./internal/waiting/index.ts"
import type * as Socket from "./Socket.ts"
import * as SocketError from "./SocketError.ts"

/**
 * The numbers of bytes that a pump has moved.
 *
 * @since 0.1.0
 * @category models
 */
export interface Counts {
  /** The number of bytes sent from socket `a` to socket `b`. */
  readonly aToB: number
  /** The number of bytes sent from socket `b` to socket `a`. */
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
   * Called with the counts so far: at intervals of `every` while the pump runs, and once more when the pump has ended
   * or failed. The pump continues during a call, and calls never overlap. A call that still runs when the pump ends is
   * interrupted.
   */
  readonly onProgress?: ((soFar: Counts) => Effect.Effect<void, never, R>) | undefined
  /**
   * Idle timeout after one peer has ended. Without a timeout, the pump would wait forever if one peer has closed and
   * the other peer stays silent. When no byte has moved for this time, the pump aborts both sockets. It fails with
   * reason `TimedOut` and the addresses of the socket whose peer has not ended. The timeout can fire late, by up to a
   * quarter of its time. Default: 2 minutes. `Infinity` means no timeout.
   */
  readonly halfOpenTimeout?: Duration.DurationInput | undefined
  /** The time from the end of one call of `onProgress` to the next, by Effect's Clock. Default: 1 second. */
  readonly every?: Duration.DurationInput | undefined
}

type Pumping<A> = Effect.Effect<A, SocketError.RecvError | SocketError.SendError>

/**
 * Copies bytes from socket `from` to socket `to` until `from` ends, one chunk at a time. Calls `sent` after each chunk.
 */
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
 * Receives from socket `from` and sends the bytes to socket `to`, until the end of `from`. Returns the number of bytes.
 * It holds one chunk at a time, so a slow receiver slows the sender down. It does not end or reset `to`: the caller
 * must do that. Fails with the `RecvError` of `from` or the `SendError` of `to`. After an interruption, at most one
 * received chunk has not been sent.
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
 * Copies in both directions at once, until both directions have ended. Returns the number of bytes in each direction.
 * When one peer ends, the pump ends the other socket's sending half (`shutdownSend`). It continues in the other
 * direction, so that an answer after a half-close arrives. After one peer has ended, the pump fails if no byte moves
 * for `halfOpenTimeout`.
 *
 * If a socket fails, the pump aborts both sockets and fails with that error. The addresses in the error tell which
 * socket failed. A TCP peer that is cut off sees a reset, not an end. If the pump is interrupted, both sockets stay
 * open. If their Scopes are interrupted too, the Scopes reset them (see `onFailure`). A `recvTimeout` of a socket
 * applies to bytes from its own peer. So it cuts off a peer that only receives, even if the other peer keeps sending.
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
    callback("onProgress", options?.onProgress)
    const counts = { aToB: 0, bToA: 0 }
    const there = forward(a, b, bytes => {
      counts.aToB += bytes
    })
    const back = forward(b, a, bytes => {
      counts.bToA += bytes
    })
    const ended = halfOpen(a, b, options?.halfOpenTimeout)
    const aborting = abortingBoth(a, b)
    const both = Effect.zipWith(
      aborting(Effect.zipRight(Effect.zipRight(there, b.shutdownSend), ended(b))),
      aborting(Effect.zipRight(Effect.zipRight(back, a.shutdownSend), ended(a))),
      (): Counts => counts,
      { concurrent: true }
    )
    // If both directions fail, they have the same error. Only that error remains.
    const pumped = Effect.catchAll(both, Effect.fail)
    return options?.onProgress === undefined ? pumped : reporting(pumped, counts, options.onProgress, every)
  })

const defaultHalfOpenTimeout = Duration.minutes(2)

/** How many times within the timeout the pump checks whether a byte has moved. */
const looks = 4

/**
 * Returns a function: it takes the socket whose peer may still send, and returns the effect that a direction runs when
 * it has ended. The first direction to end waits for the other one, and fails if no byte moves for the timeout.
 */
const halfOpen = (a: Socket.Socket, b: Socket.Socket, option: Duration.DurationInput | undefined) => {
  const timeout = duration("halfOpenTimeout", option, defaultHalfOpenTimeout)
  const bothEnded = Deferred.unsafeMake<void>(FiberId.none)
  const moved = Effect.zipWith(a.stats, b.stats, (a, b) =>
    [a, b].reduce((sum, { bytesReceived, bytesSent, bytesUnsent }) => sum + bytesReceived + bytesSent - bytesUnsent, 0)
  )
  const aWhile = sleep(Duration.times(timeout, 1 / looks))
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
        ? // Interruptible, so that the loser ends even if the caller is uninterruptible.
          Effect.raceFirst(
            Effect.interruptible(wait),
            Effect.interruptible(Effect.flatMap(moved, now => watch(silent, now, 0)))
          )
        : wait
    })
}

const silence = ({ localAddress, remoteAddress }: Socket.Socket, timeout: Duration.Duration): SocketError.RecvError =>
  new SocketError.RecvError({ reason: "TimedOut", by: "halfOpenTimeout", timeout, localAddress, remoteAddress })

/**
 * Returns a function that wraps a direction. If a direction fails, the function aborts both sockets, so that the other
 * direction ends too, even if it cannot be interrupted. Both directions then fail with the first error. After a defect
 * or an interruption, the function leaves the sockets to their Scopes, which close or reset them.
 */
const abortingBoth = (a: Socket.Socket, b: Socket.Socket) => {
  let first: SocketError.RecvError | SocketError.SendError | undefined
  return <A>(direction: Pumping<A>): Pumping<A> =>
    Effect.uninterruptibleMask(restore =>
      Effect.catchAllCause(restore(direction), cause =>
        Option.match(Cause.failureOption(cause), {
          onNone: () => Effect.failCause(cause),
          onSome: error => {
            if (first !== undefined) return Effect.fail(first)
            first = error
            return Effect.zipRight(Effect.zip(a.abort, b.abort, { concurrent: true }), Effect.fail(first))
          }
        })
      )
    )
}

const reporting = <A, R>(
  pumping: Pumping<A>,
  counts: Counts,
  onProgress: (soFar: Counts) => Effect.Effect<void, never, R>,
  every: Duration.Duration
) => {
  const report = Effect.suspend(() => onProgress({ ...counts }))
  const again = Effect.forever(Effect.zipRight(Effect.sleep(every), report))
  return Effect.raceFirst(Effect.either(pumping), Effect.interruptible(again)).pipe(
    Effect.zipLeft(report),
    Effect.flatMap(identity)
  )
}
