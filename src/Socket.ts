/**
 * A connected byte stream: what `Network.connect` and `Listener.accept` return. It does not know its platform, and has no
 * `connect`: a `Socket` is connected. A new kind of connection is a `Wire`, and `fromWire` makes a `Socket` of it.
 *
 * @since 0.1.0
 */
import type * as Channel from "effect/Channel"
import type * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Inspectable from "effect/Inspectable"
import type * as Option from "effect/Option"
import type * as Pipeable from "effect/Pipeable"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import type * as Sink from "effect/Sink"
import type * as Stream from "effect/Stream"
import type * as Encoding from "./Encoding.ts"
import type { LineError, Step } from "./internal/receive/index.ts"
import * as internal from "./internal/stream/index.ts"
import {
  type Feed,
  foreign,
  type LineOptions,
  type OnFailure,
  own,
  type Stats,
  settingsOf,
  type TextOptions,
  type Transport,
  TypeId,
  type UntilOptions,
  type Wire,
  type WireOptions,
  WireTransport,
  type Wrapper
} from "./internal/stream/index.ts"
import { decodeTimeouts, type Timeouts } from "./internal/waiting/index.ts"
import type * as SocketAddress from "./SocketAddress.ts"
import type * as SocketError from "./SocketError.ts"

export {
  /**
   * @since 0.1.0
   * @category steps
   */
  fail,
  /**
   * @since 0.1.0
   * @category steps
   */
  type Instruction,
  /**
   * @since 0.1.0
   * @category steps
   */
  more,
  /**
   * @since 0.1.0
   * @category steps
   */
  type Step,
  /**
   * @since 0.1.0
   * @category steps
   */
  take
} from "./internal/receive/index.ts"
export type {
  /**
   * @since 0.1.0
   * @category wires
   */
  Failure,
  /**
   * @since 0.1.0
   * @category wires
   */
  Feed,
  /**
   * @since 0.1.0
   * @category options
   */
  LineOptions,
  /**
   * @since 0.1.0
   * @category models
   */
  Stats,
  /**
   * @since 0.1.0
   * @category options
   */
  TextOptions,
  /**
   * @since 0.1.0
   * @category wires
   */
  Transport,
  /**
   * @since 0.1.0
   * @category options
   */
  UntilOptions,
  /**
   * @since 0.1.0
   * @category wires
   */
  Wire,
  /**
   * @since 0.1.0
   * @category wires
   */
  WireOptions,
  /**
   * @since 0.1.0
   * @category options
   */
  Wrapper
} from "./internal/stream/index.ts"
export {
  /**
   * @since 0.1.0
   * @category type ids
   */
  TypeId
} from "./internal/stream/index.ts"

export type {
  /**
   * @since 0.1.0
   * @category options
   */
  Timeouts
} from "./internal/waiting/index.ts"

/**
 * A connected byte stream.
 *
 * One fiber at a time may receive: a second one fails with reason `Busy`, and the first keeps its turn. Any number of
 * fibers may send: they queue, first in, first out, and their bytes never interleave. An interrupted receive has consumed
 * nothing. When another fiber closes the socket, waiting fibers fail with reason `Closed`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Socket extends Pipeable.Pipeable, Inspectable.Inspectable {
  readonly [TypeId]: typeof TypeId

  /** The address of this end, as it was when the connection was made. Python: `getsockname`. */
  readonly localAddress: SocketAddress.Resolved

  /** The address of the peer, as it was when the connection was made. Python: `getpeername`. */
  readonly remoteAddress: SocketAddress.Resolved

  /**
   * Receives 1 to `bufsize` bytes, which belong to the caller; `None` at the end of the stream, and ever after. Waits for
   * one byte or the end. `bufsize` is a positive safe integer: a cap, not an allocation. Bytes that arrived before a reset
   * are returned first; then every receive fails with reason `Reset`. An interrupted receive has consumed nothing. POSIX:
   * `recv`.
   */
  recv(bufsize: number): Effect.Effect<Option.Option<Uint8Array>, SocketError.RecvError>

  /**
   * Receives with a step, the general receive: shows it what is buffered, again whenever more arrives, until it takes
   * bytes or fails. Bytes are consumed in the step of the fiber that returns the value. An interrupted or failed receive has
   * consumed nothing.
   */
  recvWith<A, E>(step: Step<A, E>): Effect.Effect<A, E | SocketError.RecvError>

  /**
   * Returns a copy of the next `bytes` bytes and consumes nothing. Waits for all of them, or for the end or a reset: then
   * it returns those that are left, or `None` if there are none. POSIX: `MSG_PEEK` with `MSG_WAITALL`.
   */
  peekFull(bytes: number): Effect.Effect<Option.Option<Uint8Array>, SocketError.RecvError>

  /**
   * Receives exactly `bytes` bytes; 0 returns at once. If the stream ends earlier it fails with `UnexpectedEnd`, and the
   * bytes stay in the buffer. Python: `StreamReader.readexactly`. POSIX: `MSG_WAITALL`.
   */
  recvExactly(bytes: number): Effect.Effect<Uint8Array, SocketError.RecvError | SocketError.UnexpectedEnd>

  /**
   * Receives the text of at most `bufsize` bytes, whole characters only, and at least one character even if it is longer;
   * `None` at the end. Waits for one whole character or the end. Default encoding: `utf-8`. Text before an invalid byte is
   * returned first; then it fails with `DecodeError`, and the invalid bytes stay in the buffer until `recv`, or another
   * `onInvalid`, takes them. With `onInvalid: "ignore"` the text is empty if all bytes were ignored.
   */
  recvText(
    bufsize: number,
    options?: Encoding.Encoding | TextOptions
  ): Effect.Effect<Option.Option<string>, SocketError.RecvError | SocketError.DecodeError>

  /**
   * Receives up to the delimiter, any sequence of bytes, and consumes the delimiter too. The result includes it only with
   * `keepDelimiter`. More than `limit` bytes before the delimiter (default: 64 KiB) fail with `LimitExceeded`, an end
   * before it with `UnexpectedEnd`, an empty delimiter with reason `InvalidDelimiter`; the bytes stay in the buffer. No byte
   * is searched twice. Python: `StreamReader.readuntil`.
   */
  recvUntil(
    delimiter: Uint8Array | string,
    options?: UntilOptions
  ): Effect.Effect<Uint8Array, SocketError.RecvError | SocketError.UnexpectedEnd | SocketError.LimitExceeded>

  /**
   * Receives a line, and returns its text without the terminator; `None` at the end. The terminator is `\n` or `\r\n`,
   * unless `terminator` allows one of them only. A line of more than `limit` bytes (default: 64 KiB) fails with
   * `LimitExceeded`, a last line without a terminator with `UnexpectedEnd`, because it may have been cut, and bytes that
   * are not text with `DecodeError`. The bytes then stay in the buffer and can be received another way. Python:
   * `StreamReader.readline`.
   */
  recvLine(
    options?: Encoding.Encoding | LineOptions
  ): Effect.Effect<Option.Option<string>, SocketError.RecvError | LineError>

  /**
   * Receives everything up to the end of the stream, which may be nothing. More than `limit` bytes (default: 16 MiB) fail
   * with `LimitExceeded`, and stay in the buffer. Python: `StreamReader.read(-1)`.
   */
  recvAll(options?: {
    readonly limit?: number | undefined
  }): Effect.Effect<Uint8Array, SocketError.RecvError | SocketError.LimitExceeded>

  /**
   * Receives into the beginning of `buffer`, and returns how many bytes; `None` at the end. Waits for one byte or the end.
   * A buffer of length 0 fails with `InvalidBufsize`. An interrupted or failed receive has consumed nothing, but may have
   * written to the buffer. Python: `recv_into`.
   */
  recvInto(buffer: Uint8Array): Effect.Effect<Option.Option<number>, SocketError.RecvError>

  /** Receives exactly `bytes` bytes, as `recvExactly` does, and drops them. To skip more than fits in memory, skip in portions. */
  discard(bytes: number): Effect.Effect<void, SocketError.RecvError | SocketError.UnexpectedEnd>

  /**
   * Emits what `recv` returns, until the end of the stream, each result as a Chunk of its own and only when it is pulled.
   * If the stream is interrupted or ends early, bytes that it has not emitted stay in the socket.
   */
  readonly stream: Stream.Stream<Uint8Array, SocketError.RecvError>

  /**
   * Emits what `recvLine` returns, until the end of the stream. All buffered lines are consumed together, as one Chunk: if
   * the stream is interrupted or ends in the middle of a Chunk, the rest of that Chunk is lost. To receive a header of some
   * lines and go on another way, repeat `recvLine`.
   */
  lines(options?: Encoding.Encoding | LineOptions): Stream.Stream<string, SocketError.RecvError | LineError>

  /**
   * Sends one buffer, or several as one write. Waits while the connection is full, and returns when the system has taken all
   * of the bytes, not when they have arrived. The caller may reuse the buffer then. A send that is interrupted before its
   * turn sends nothing; after it, all of its bytes go out, and the buffer must not change until they have. To send nothing
   * has no effect: it is not the end. Python: `sendall`.
   */
  sendAll(bytes: Uint8Array | ReadonlyArray<Uint8Array>): Effect.Effect<void, SocketError.SendError>

  /** Encodes the text and sends it with `sendAll`. Default encoding: `utf-8`. If a character cannot be encoded, nothing is sent. */
  sendText(
    text: string,
    options?: Encoding.Encoding | { readonly encoding?: Encoding.Encoding | undefined }
  ): Effect.Effect<void, SocketError.SendError | SocketError.EncodeError>

  /** Sends each Chunk with one `sendAll`. The sending half stays open: end it with `shutdownSend`. */
  readonly sink: Sink.Sink<void, Uint8Array, never, SocketError.SendError>

  /**
   * Ends the sending half after the sends that wait, and returns when that is done. The receiving half stays open. It may
   * be called again, and after the peer has gone. If it is interrupted, the half ends all the same. POSIX:
   * `shutdown(SHUT_WR)`.
   */
  readonly shutdownSend: Effect.Effect<void, SocketError.SendError>

  /**
   * Closes the connection: flushes, ends the sending half and releases the descriptor. It does not wait for the peer's end.
   * If `closeTimeout` passes first, it resets, so that a message that was cut never looks whole. It never fails, may be
   * called again, and closes even if it is interrupted. Waiting fibers fail with reason `Closed`. The Scope runs it.
   */
  readonly close: Effect.Effect<void>

  /**
   * Resets the connection at once: the peer gets `Reset`, and loses what it has not read. A Unix socket has no reset: the
   * peer sees the end, or `Reset` if the system still held bytes from it that were not read.
   */
  readonly abort: Effect.Effect<void>

  /**
   * Waits until the peer has ended or reset the connection, or this end is closed. If no fiber receives, it reads ahead,
   * but no further than `highWaterMark`.
   */
  readonly awaitEnd: Effect.Effect<void>

  /** The counters of this connection. */
  readonly stats: Effect.Effect<Stats>
}

/**
 * Options of `fromWire`.
 *
 * @since 0.1.0
 * @category options
 */
export interface FromWireOptions extends WireOptions {
  /** How the connection ends if its Scope fails. Default: a typed failure closes it; a defect or an interruption resets it. */
  readonly onFailure?: OnFailure | undefined
  /** How long it waits for its peer. Default: no limit. */
  readonly timeouts?: Timeouts | undefined
}

/**
 * Makes a `Socket` of anything that carries bytes both ways, and acquires it for the Scope. `open` makes the `Wire`, and is
 * given the `Feed` that the wire reports to. The socket has the whole contract: one buffer, backpressure, timeouts, receives
 * that lose nothing when interrupted, and a close that is bounded.
 *
 * The socket owns every chunk from `push` on. A `write` that returns false owns its buffers until `drained`. After `fail` or
 * `closed`, no more `write` follows. A wire that throws has broken the connection: the exception is the `cause` of its
 * errors. When the Scope closes, the connection closes or resets by how the Scope ended.
 *
 * @since 0.1.0
 * @category wires
 */
export const fromWire = (
  open: (feed: Feed) => Wire,
  options?: FromWireOptions
): Effect.Effect<Socket, never, Scope.Scope> =>
  Effect.uninterruptible(
    Effect.scopeWith(scope =>
      Effect.suspend(() => own(scope, transport(open, options), options?.onFailure, decodeTimeouts(options?.timeouts)))
    )
  )

/**
 * A connection on a wire that no Scope owns yet: what a `Network.Driver` gives to `own`. It is open from now on, so the
 * caller must be uninterruptible until something owns it.
 *
 * @since 0.1.0
 * @category wires
 */
export const transport = (open: (feed: Feed) => Wire, options?: WireOptions): Transport =>
  new WireTransport(foreign(open), settingsOf(options))

/**
 * The same connection with these timeouts for each receive and each send, and none of those it had: for a phase of a
 * protocol, or for one receive. It costs almost nothing. A receive that times out has consumed nothing and leaves the
 * socket usable. A send that times out before its turn sends nothing; after it, all of its bytes still go out. Time goes by
 * the Clock of the waiting fiber. Python: `settimeout`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withTimeouts: {
  (timeouts: Timeouts): (socket: Socket) => Socket
  (socket: Socket, timeouts: Timeouts): Socket
} = dual(2, (socket: Socket, timeouts: Timeouts): Socket => internal.withTimeouts(socket, timeouts))

/**
 * The same connection, observed or changed: to count, log, throttle or show what passes. What a wrapper leaves out stays as
 * it is. Timeouts hold for the wrapped socket as before. A receive of the wrapped socket that is interrupted has consumed
 * nothing.
 *
 * @example
 * ```ts
 * import { Socket } from "effect-sockets"
 *
 * export const counted = (socket: Socket.Socket, count: (bytes: number) => void) =>
 *   Socket.wrap(socket, { onRecv: bytes => count(bytes.length) })
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const wrap: {
  (wrapper: Wrapper): (socket: Socket) => Socket
  (socket: Socket, wrapper: Wrapper): Socket
} = dual(2, (socket: Socket, wrapper: Wrapper): Socket => internal.wrap(socket, wrapper))

/**
 * Both directions as a Channel, for `Stream.pipeThroughChannel`. It sends the Chunks that come in, and ends the sending half
 * when they end. It emits what `stream` emits, until the peer's end, and sends no more after that. It fails if either
 * direction, or the input, fails.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toChannel: <IE = never>(
  socket: Socket
) => Channel.Channel<
  Chunk.Chunk<Uint8Array>,
  Chunk.Chunk<Uint8Array>,
  SocketError.RecvError | SocketError.SendError | IE,
  IE,
  void,
  unknown
> = internal.channel

/**
 * Whether a value is a `Socket`.
 *
 * @since 0.1.0
 * @category guards
 */
export const isSocket = (u: unknown): u is Socket => Predicate.hasProperty(u, TypeId)
