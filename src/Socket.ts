/**
 * A connected byte stream. `Network.connect` and `Listener.accept` return one. A `Socket` is connected from the
 * beginning, so it has no `connect`. It does not depend on a platform: to add a kind of connection, implement `Wire`
 * and pass it to `fromWire`.
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
   * @category models
   */
  type LineError,
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
   * Marks a `Socket`, so that `isSocket` recognizes it.
   *
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
 * One fiber at a time may receive. If a second fiber receives at the same time, its receive fails with reason `Busy`,
 * and the first keeps waiting. Any number of fibers may send. Sends are queued, first in, first out, and their bytes
 * never interleave. An interrupted receive consumes nothing. When another fiber closes the socket, fibers that wait to
 * receive or send fail with reason `Closed`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Socket extends Pipeable.Pipeable, Inspectable.Inspectable {
  readonly [TypeId]: typeof TypeId

  /** The address of this end when the connection was made. It stays the same after a close. Python: `getsockname`. */
  readonly localAddress: SocketAddress.Resolved

  /**
   * The address of the peer when the connection was made. It stays the same after a close. If an accepted peer reset
   * before the address could be read, the address is `0.0.0.0:0`. Python: `getpeername`.
   */
  readonly remoteAddress: SocketAddress.Resolved

  /**
   * Receives 1 to `bufsize` bytes. Returns a new array, which the caller owns, or `None` at the end of the stream and
   * on every call after it. Waits for one byte or the end.
   *
   * Bytes that the socket had buffered before a reset are returned first. After them, every receive fails with reason
   * `Reset`. A `bufsize` that is not a positive safe integer fails with reason `InvalidBufsize`. An interrupted receive
   * consumes nothing. A large `bufsize` does not allocate memory in advance. POSIX: `recv`.
   */
  recv(bufsize: number): Effect.Effect<Option.Option<Uint8Array>, SocketError.RecvError>

  /**
   * Receives with a step: a function that sees the buffered bytes and decides how many of them to consume. All other
   * receives are special cases of `recvWith`.
   *
   * Calls the step with all buffered bytes. If the step asks for more, waits until that many bytes are buffered or the
   * stream ends, and calls the step again. When the step takes bytes, returns the value of the step. Fails with the
   * error of the step, or with `RecvError` if the step asks for more bytes after a reset. An interruption cannot come
   * between consuming the bytes and returning the value. An interrupted or failed receive consumes nothing.
   */
  recvWith<A, E>(step: Step<A, E>): Effect.Effect<A, E | SocketError.RecvError>

  /**
   * Returns a copy of the next `bytes` bytes and consumes nothing. Waits for all of them. If the stream ends or is
   * reset first, returns the remaining bytes. If no bytes remain, returns `None` after an end, and fails with reason
   * `Reset` after a reset. POSIX: `MSG_PEEK` with `MSG_WAITALL`.
   */
  peekFull(bytes: number): Effect.Effect<Option.Option<Uint8Array>, SocketError.RecvError>

  /**
   * Receives exactly `bytes` bytes. Waits for all of them. With 0, returns an empty array at once. If the stream ends
   * first, fails with `UnexpectedEnd`, and the bytes stay buffered. If `bytes` is negative or not a safe integer, fails
   * with reason `InvalidBufsize`. Python: `StreamReader.readexactly`. POSIX: `MSG_WAITALL`.
   */
  recvExactly(bytes: number): Effect.Effect<Uint8Array, SocketError.RecvError | SocketError.UnexpectedEnd>

  /**
   * Receives the text of at most `bufsize` bytes. Returns whole characters only. If the first character is longer than
   * `bufsize`, returns that character alone. At the end of the stream, returns `None`. Waits for one whole character or
   * the end.
   *
   * Text before an invalid byte is returned first. The next call fails with `DecodeError`, and the invalid bytes stay
   * buffered. `recv` can take them, or `recvText` with another `onInvalid`. With `onInvalid: "ignore"`, the text is
   * empty if all bytes were ignored. Default encoding: `utf-8`.
   */
  recvText(
    bufsize: number,
    options?: Encoding.Encoding | TextOptions
  ): Effect.Effect<Option.Option<string>, SocketError.RecvError | SocketError.DecodeError>

  /**
   * Receives up to the delimiter, and consumes the delimiter too. Returns the bytes before the delimiter. With
   * `keepDelimiter`, returns the delimiter too. The delimiter is any sequence of bytes, or a text, which is encoded as
   * UTF-8. Waits until the delimiter has arrived.
   *
   * If more than `limit` bytes come before the delimiter, fails with `LimitExceeded`. If the stream ends before the
   * delimiter, fails with `UnexpectedEnd`. If the delimiter is empty or cannot be encoded, fails with reason
   * `InvalidDelimiter`. After a failure, the bytes stay buffered. Default limit: 64 KiB. One call searches each byte
   * once, even if the message arrives in many pieces. Python: `StreamReader.readuntil`.
   */
  recvUntil(
    delimiter: Uint8Array | string,
    options?: UntilOptions
  ): Effect.Effect<Uint8Array, SocketError.RecvError | SocketError.UnexpectedEnd | SocketError.LimitExceeded>

  /**
   * Receives a line. Returns its text without the terminator, or `None` at the end. The terminator is `\n` or `\r\n`.
   * The option `terminator` can allow only one of these two. Waits until the terminator has arrived.
   *
   * If the line has more than `limit` bytes, fails with `LimitExceeded`. If the bytes are not valid text, fails with
   * `DecodeError`. If the last line has no terminator, fails with `UnexpectedEnd`, because the line may have been cut.
   * After a failure, the bytes stay buffered and can be received another way. Default limit: 64 KiB. Default encoding:
   * `utf-8`. Python: `StreamReader.readline`.
   */
  recvLine(
    options?: Encoding.Encoding | LineOptions
  ): Effect.Effect<Option.Option<string>, SocketError.RecvError | LineError>

  /**
   * Receives all bytes up to the end of the stream. Returns them, or an empty array if there are none. Waits for the
   * end. If more than `limit` bytes arrive, fails with `LimitExceeded` at once, and the bytes stay buffered. Default
   * limit: 16 MiB. Python: `StreamReader.read(-1)`.
   */
  recvAll(options?: {
    readonly limit?: number | undefined
  }): Effect.Effect<Uint8Array, SocketError.RecvError | SocketError.LimitExceeded>

  /**
   * Receives into the beginning of `buffer`. Returns the number of bytes, or `None` at the end. Waits for one byte or
   * the end. If the length of `buffer` is 0, fails with reason `InvalidBufsize`. An interrupted or failed receive
   * consumes nothing, but may have written to the buffer. Python: `recv_into`.
   */
  recvInto(buffer: Uint8Array): Effect.Effect<Option.Option<number>, SocketError.RecvError>

  /**
   * Receives exactly `bytes` bytes and drops them. Waits and fails as `recvExactly` does. All of the bytes are buffered
   * first. To skip many bytes, call it repeatedly with a smaller number.
   */
  discard(bytes: number): Effect.Effect<void, SocketError.RecvError | SocketError.UnexpectedEnd>

  /**
   * Emits the bytes that arrive, until the end of the stream. Each Chunk is the result of one `recv`. The stream
   * receives only when it is pulled. If the stream is interrupted or ends early, bytes that it has not emitted stay
   * buffered.
   */
  readonly stream: Stream.Stream<Uint8Array, SocketError.RecvError>

  /**
   * Emits lines as `recvLine` returns them, until the end of the stream. All complete lines in the buffer, up to an
   * invalid one, are consumed together, as one Chunk. If the stream is interrupted or ends in the middle of a Chunk,
   * the rest of that Chunk is lost. To receive some header lines and continue with another receive, repeat `recvLine`
   * instead.
   */
  lines(options?: Encoding.Encoding | LineOptions): Stream.Stream<string, SocketError.RecvError | LineError>

  /**
   * Sends one buffer, or several buffers as one write. Waits while the connection's send buffer is full. Returns when
   * the connection has taken all of the bytes. The caller may then reuse the buffers, although the bytes may not have
   * arrived at the peer yet.
   *
   * If the peer is known to be gone, fails with reason `BrokenPipe` or `Reset`. After `shutdownSend`, fails with reason
   * `AfterShutdown`. After `close`, fails with reason `Closed`. If a send is interrupted while it waits behind other
   * sends, it sends nothing. If a send is interrupted later, the connection still sends all of its bytes, and its
   * buffers must not change before that. Sending no bytes writes nothing, and does not end the stream. A value that is
   * not bytes is an `OptionError`, and so is memory that was transferred to another thread. If the memory is
   * transferred or resized while the send waits behind other sends, the send dies. Python: `sendall`.
   */
  sendAll(bytes: Uint8Array | ReadonlyArray<Uint8Array>): Effect.Effect<void, SocketError.SendError>

  /**
   * Encodes the text and sends it with `sendAll`. If a character cannot be encoded, fails with `EncodeError` and sends
   * nothing. Default encoding: `utf-8`.
   */
  sendText(
    text: string,
    options?: Encoding.Encoding | { readonly encoding?: Encoding.Encoding | undefined }
  ): Effect.Effect<void, SocketError.SendError | SocketError.EncodeError>

  /**
   * Sends each Chunk with one `sendAll`. At the end of the input, the sending half of the connection stays open. To end
   * it, call `shutdownSend`.
   */
  readonly sink: Sink.Sink<void, Uint8Array, never, SocketError.SendError>

  /**
   * Ends the sending half of the connection. Waits for the sends that are queued, and returns when the half has ended.
   * The receiving half stays open. Succeeds if it is called again, and if the peer is gone. After `close`, fails with
   * reason `Closed`. If it is interrupted, the sending half still ends. POSIX: `shutdown(SHUT_WR)`.
   */
  readonly shutdownSend: Effect.Effect<void, SocketError.SendError>

  /**
   * Closes the connection: finishes the send in flight, ends the sending half and releases the descriptor. Returns when
   * this is done, and does not wait for the peer's end. Never fails, and may be called again. If it is interrupted, the
   * connection still closes.
   *
   * Fibers that wait to receive or send fail with reason `Closed`. Sends that wait behind the send in flight send
   * nothing. If the send in flight is not finished within `closeTimeout`, the connection is reset. So a TCP peer does
   * not mistake a part of a message for the whole. When the Scope of the connection closes, the Scope calls `close` or
   * `abort` (see `onFailure`).
   */
  readonly close: Effect.Effect<void>

  /**
   * Resets the connection at once. The peer's receives fail with reason `Reset`, and bytes that the peer has not
   * received may be lost. Fibers that wait to receive or send fail with reason `Closed`. Never fails, and may be called
   * again. A Unix socket has no reset: the peer sees the end, or `Reset` if the operating system still held unread
   * bytes from the peer.
   */
  readonly abort: Effect.Effect<void>

  /**
   * Waits until the peer has ended, the connection has failed, or this end is closed. Never fails, and consumes
   * nothing. While no fiber receives, the socket reads ahead until `highWaterMark` bytes are buffered. If more bytes
   * are unread, `awaitEnd` may not notice the end until a fiber receives.
   */
  readonly awaitEnd: Effect.Effect<void>

  /** Returns the byte counters of this connection. */
  readonly stats: Effect.Effect<Stats>
}

/**
 * Options of `fromWire`.
 *
 * @since 0.1.0
 * @category options
 */
export interface FromWireOptions extends WireOptions {
  /**
   * How the connection ends if its Scope closes with a failure. Default: after a typed failure, the connection is
   * closed if all sends are finished. With an unfinished send, or after a defect or an interruption, it is reset.
   */
  readonly onFailure?: OnFailure | undefined
  /** How long receives and sends wait for the peer. Default: no timeout. */
  readonly timeouts?: Timeouts | undefined
}

/**
 * Makes a `Socket` from anything that carries bytes both ways, and acquires it for the Scope. `open` receives the
 * `Feed` that the wire reports to, and returns the `Wire`. The socket adds the receive buffer, backpressure and
 * timeouts. An interrupted receive loses nothing, and `closeTimeout` limits a close.
 *
 * The socket owns each chunk as soon as the wire has passed it to `push`. If `write` of the wire returns false, the
 * wire owns the buffers until it calls `drained`. After the wire has called `fail` or `closed`, the socket does not
 * call `write` again. If a member of the wire throws, the connection fails, and the exception is the `cause` of its
 * errors. When the Scope closes, the connection is closed or reset, depending on how the Scope ended (see `onFailure`).
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
 * Makes a connection on a wire. No Scope owns the connection yet: a `Network.Driver` passes it to `own`. The connection
 * is open from this call on. So the caller must be uninterruptible until a Scope owns the connection.
 *
 * @since 0.1.0
 * @category wires
 */
export const transport = (open: (feed: Feed) => Wire, options?: WireOptions): Transport =>
  new WireTransport(foreign(open), settingsOf(options))

/**
 * Returns a socket for the same connection with these timeouts for each receive and each send. The new timeouts replace
 * all timeouts of the given socket. Use the new socket for one phase of a protocol or for a single receive. The new
 * socket costs almost nothing.
 *
 * A receive that times out consumes nothing and leaves the socket usable. If a send times out while it waits behind
 * other sends, it sends nothing. If a send times out later, the connection still sends all of its bytes. Time is
 * measured with the Clock of the waiting fiber. Python: `settimeout`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withTimeouts: {
  (timeouts: Timeouts): (socket: Socket) => Socket
  (socket: Socket, timeouts: Timeouts): Socket
} = dual(2, (socket: Socket, timeouts: Timeouts): Socket => internal.withTimeouts(socket, timeouts))

/**
 * Returns a socket for the same connection that observes or changes the bytes that pass. Use it to count, log, throttle
 * or print bytes. Members that the wrapper leaves out change nothing. The timeouts of the given socket still apply. An
 * interrupted receive of the wrapped socket consumes nothing.
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
 * Returns a Channel for both directions, for use with `Stream.pipeThroughChannel`. The Channel sends the Chunks of its
 * input, and ends the sending half when the input ends. It emits the Chunks that `stream` emits, until the peer ends.
 * After the peer has ended, the Channel sends nothing. It fails if the input, a receive or a send fails.
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
 * Returns true if the value is a `Socket`.
 *
 * @since 0.1.0
 * @category guards
 */
export const isSocket = (u: unknown): u is Socket => Predicate.hasProperty(u, TypeId)
