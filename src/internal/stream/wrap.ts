/**
 * A connection with a wrapper, which observes or changes the connection. The timeouts of the connection still apply.
 * Observers run in the fiber step that consumes the bytes, so an interruption loses no bytes.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as SocketAddress from "../../SocketAddress.ts"
import type { RecvError, SendError } from "../../SocketError.ts"
import { callback } from "../option/index.ts"
import type { RecvObserver, Step } from "../receive/index.ts"
import { type Buffers, bytesIn, type SendObserver } from "../send/index.ts"
import type { SocketTimeouts } from "../waiting/index.ts"
import { TimedConnection } from "./timed.ts"
import { type Connection, TransportTypeId } from "./transport.ts"

/**
 * The functions and addresses of a wrapper. All members are optional. The functions are called synchronously and must
 * not throw. If a function throws, the operation dies. If `onSend` throws and the send fails, the send fails with its
 * own error.
 */
export interface Wrapper {
  /** Replaces the socket's `localAddress`. Errors of the connection still contain the original address. */
  readonly localAddress?: SocketAddress.Resolved | undefined
  /** Replaces the socket's `remoteAddress`. Errors of the connection still contain the original address. */
  readonly remoteAddress?: SocketAddress.Resolved | undefined
  /**
   * Called with the bytes that a receive consumes, before the receive returns. The array is valid only during the call.
   * Not called for peeked bytes.
   */
  readonly onRecv?: ((bytes: Uint8Array) => void) | undefined
  /**
   * Called when a receive has found the end of the stream. The receive then returns the end, returns the bytes before
   * the end, or fails because of the end. Called again for each later receive that finds the end.
   */
  readonly onEnd?: (() => void) | undefined
  /**
   * Called with the buffers of a send when the send begins. Not called if the send is interrupted while it waits in the
   * queue.
   */
  readonly onSend?: ((buffers: Uint8Array | ReadonlyArray<Uint8Array>) => void) | undefined
  /**
   * Called when a receive or a send of the connection fails with a `RecvError` or a `SendError`. Also called if
   * `peekFull` finds that the connection broke, but returns the bytes that arrived before. Not called for an error of
   * `beforeRecv` or `beforeSend`. Not called if an argument is not valid, for example the delimiter of `recvUntil`.
   */
  readonly onError?: ((error: RecvError | SendError) => void) | undefined
  /** Called when a `close` or `abort` of this socket has completed. Not called when the Scope ends the connection. */
  readonly onClose?: ((how: "close" | "abort") => void) | undefined
  /**
   * Runs before each receive, when nothing has been consumed yet. This effect may wait, for example to limit the rate,
   * or fail.
   */
  readonly beforeRecv?: Effect.Effect<void, RecvError> | undefined
  /**
   * Runs before each send, with the number of bytes of the send. The effect may wait, for example to limit the rate, or
   * fail.
   */
  readonly beforeSend?: ((bytes: number) => Effect.Effect<void, SendError>) | undefined
}

const ignore = () => {}

const functions = ["onRecv", "onEnd", "onSend", "onError", "onClose", "beforeSend"] as const

class WrappedConnection implements Connection {
  readonly [TransportTypeId]: typeof TransportTypeId = TransportTypeId
  readonly localAddress: SocketAddress.Resolved
  readonly remoteAddress: SocketAddress.Resolved
  private readonly connection: Connection
  private readonly wrapper: Wrapper
  private readonly observer: RecvObserver | undefined

  constructor(connection: Connection, wrapper: Wrapper) {
    this.connection = connection
    for (const name of functions) callback(name, wrapper[name])
    this.wrapper = wrapper
    this.localAddress = wrapper.localAddress ?? connection.localAddress
    this.remoteAddress = wrapper.remoteAddress ?? connection.remoteAddress
    const { onEnd, onRecv } = wrapper
    this.observer =
      onEnd === undefined && onRecv === undefined ? undefined : { received: onRecv ?? ignore, ended: onEnd ?? ignore }
  }

  recv(bufsize: number, timeouts?: SocketTimeouts, outer?: RecvObserver) {
    return this.receiving(this.connection.recv(bufsize, timeouts, both(this.observer, outer)))
  }

  recvWith<A, E>(step: Step<A, E>, timeouts?: SocketTimeouts, outer?: RecvObserver) {
    return this.receiving(this.connection.recvWith(step, timeouts, both(this.observer, outer)))
  }

  sendAll(buffers: Buffers, timeouts?: SocketTimeouts, outer?: SendObserver): Effect.Effect<void, SendError> {
    const { beforeSend, onSend } = this.wrapper
    const sending =
      onSend === undefined
        ? this.connection.sendAll(buffers, timeouts, outer)
        : observed(onSend, outer, observer => this.connection.sendAll(buffers, timeouts, observer))
    const noted = this.noting(sending)
    return beforeSend === undefined
      ? noted
      : Effect.flatMap(
          Effect.suspend(() => beforeSend(bytesIn(buffers))),
          () => noted
        )
  }

  get shutdownSend() {
    return this.connection.shutdownSend
  }

  get close() {
    return this.closing(this.connection.close, "close")
  }

  get abort() {
    return this.closing(this.connection.abort, "abort")
  }

  get awaitEnd() {
    return this.connection.awaitEnd
  }

  get stats() {
    return this.connection.stats
  }

  private receiving<A, E>(receive: Effect.Effect<A, E | RecvError>): Effect.Effect<A, E | RecvError> {
    const { beforeRecv } = this.wrapper
    const noted = this.noting(receive)
    return beforeRecv === undefined ? noted : Effect.flatMap(beforeRecv, () => noted)
  }

  /**
   * Calls `onError` if the effect fails. If the effect succeeds, adds no fiber step. `Effect.tapError` would add a step
   * after a success too, and an interruption in that step would lose the received bytes.
   */
  private noting<A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> {
    const { onError } = this.wrapper
    return onError === undefined
      ? effect
      : Effect.catchAllCause(effect, cause => {
          if (cause._tag === "Fail" && isSocketError(cause.error)) onError(cause.error)
          return Effect.failCause(cause)
        })
  }

  private closing(effect: Effect.Effect<void>, how: "close" | "abort"): Effect.Effect<void> {
    const { onClose } = this.wrapper
    return onClose === undefined
      ? effect
      : Effect.zipRight(
          effect,
          Effect.sync(() => onClose(how))
        )
  }
}

const isSocketError = (error: unknown): error is RecvError | SendError =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  (error._tag === "RecvError" || error._tag === "SendError")

const both = (one: RecvObserver | undefined, other: RecvObserver | undefined): RecvObserver | undefined =>
  one === undefined || other === undefined
    ? (one ?? other)
    : {
        received: bytes => {
          one.received(bytes)
          other.received(bytes)
        },
        ended: () => {
          one.ended()
          other.ended()
        }
      }

/**
 * Calls `onSend` when the send begins. This may happen outside the fiber of the send, where an exception could end the
 * process. So the exception is kept. If the send succeeds, its fiber then dies with that exception.
 */
const observed = (
  onSend: NonNullable<Wrapper["onSend"]>,
  outer: SendObserver | undefined,
  send: (observer: SendObserver) => Effect.Effect<void, SendError>
): Effect.Effect<void, SendError> =>
  Effect.suspend(() => {
    let defect: { readonly cause: unknown } | undefined
    const sent = (buffers: Buffers) => {
      try {
        onSend(buffers)
      } catch (cause) {
        defect = { cause }
      }
      outer?.sent(buffers)
    }
    return Effect.flatMap(send({ sent }), () => (defect === undefined ? Exit.void : Exit.die(defect.cause)))
  })

/** Adds the wrapper below the timeouts of the connection, so that `withTimeouts` can still replace them. */
export const wrap = (connection: Connection, wrapper: Wrapper): Connection =>
  connection instanceof TimedConnection
    ? connection.on(new WrappedConnection(connection.connection, wrapper))
    : new WrappedConnection(connection, wrapper)
