/**
 * A connected byte stream: what `Network.connect` and `Listener.accept` give. It is made from a small `Transport`, so
 * a new kind of connection is one file. It does not know its platform, and it has no `connect`: a `Socket` is connected.
 *
 * @since 0.1.0
 */
import type * as Channel from "effect/Channel"
import type * as Chunk from "effect/Chunk"
import type * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Inspectable from "effect/Inspectable"
import type * as Option from "effect/Option"
import type * as Pipeable from "effect/Pipeable"
import * as Predicate from "effect/Predicate"
import type * as Sink from "effect/Sink"
import type * as Stream from "effect/Stream"
import type * as Encoding from "./Encoding.ts"
import type { LineError } from "./internal/receive/delimited.ts"
import type { Step } from "./internal/receive/step.ts"
import * as internal from "./internal/stream/socket.ts"
import { TypeId } from "./internal/stream/socket.ts"
import type { LineOptions, UntilOptions } from "./internal/stream/steps.ts"
import type { Stats, Transport } from "./internal/stream/transport.ts"
import type { Timeouts } from "./internal/waiting/timeouts.ts"
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
} from "./internal/receive/step.ts"
export {
  /**
   * @since 0.1.0
   * @category type ids
   */
  TypeId
} from "./internal/stream/socket.ts"
export type {
  /**
   * @since 0.1.0
   * @category options
   */
  LineOptions,
  /**
   * @since 0.1.0
   * @category options
   */
  UntilOptions
} from "./internal/stream/steps.ts"
export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Stats,
  /**
   * @since 0.1.0
   * @category models
   */
  Transport
} from "./internal/stream/transport.ts"
export type {
  /**
   * @since 0.1.0
   * @category models
   */
  SocketTimeouts,
  /**
   * @since 0.1.0
   * @category options
   */
  Timeouts
} from "./internal/waiting/timeouts.ts"

/**
 * A connected byte stream.
 *
 * One fiber at a time may receive: a second one fails with reason `Busy`, and the first keeps its turn. Any number may
 * send: they queue, first in, first out, and their bytes never interleave. A receive that is interrupted has consumed
 * nothing; `close` by another fiber wakes it with reason `Closed`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Socket extends Pipeable.Pipeable, Inspectable.Inspectable {
  readonly [TypeId]: TypeId

  /** Where this end is bound, as it was when the connection was made. Python's `getsockname`. */
  readonly localAddress: SocketAddress.Resolved

  /** The peer, as it was when the connection was made. Python's `getpeername`. */
  readonly remoteAddress: SocketAddress.Resolved

  /**
   * Waits for a byte or the end, and gives 1 to `bufsize` bytes, which are the caller's own, or `None` at the end and
   * for ever after. `bufsize` is a positive safe integer, and a cap, not an allocation. Bytes that came before a reset
   * are given first, then reason `Reset`, every time. Interrupted, it has consumed nothing. POSIX `recv`.
   */
  recv(bufsize: number): Effect.Effect<Option.Option<Uint8Array>, SocketError.RecvError>

  /**
   * The general receive: shows `step` what is buffered, again and again as more comes, until it takes or fails. What it
   * takes is consumed in the same synchronous step, so that nothing comes between the look and the take; interrupted or
   * failed, it has consumed nothing.
   */
  recvWith<A, E>(step: Step<A, E>): Effect.Effect<A, E | SocketError.RecvError>

  /**
   * Waits for `bufsize` bytes and gives a copy of them, consuming nothing: what `recv(bufsize)` gives next. Fewer at the
   * end or before a reset; `None` where there are none. POSIX `MSG_PEEK`, except that it waits for all of them.
   */
  peekFull(bufsize: number): Effect.Effect<Option.Option<Uint8Array>, SocketError.RecvError>

  /**
   * Waits for `bytes` bytes and gives just those; 0 gives none at once. At an earlier end it fails with `UnexpectedEnd`,
   * and the partial bytes stay to be received. asyncio's `readexactly`, POSIX `MSG_WAITALL`.
   */
  recvExactly(bytes: number): Effect.Effect<Uint8Array, SocketError.RecvError | SocketError.UnexpectedEnd>

  /**
   * Waits for a whole character or the end, and gives the text of at most `bufsize` bytes, whole characters only, at
   * least one even if it is longer; `None` at the end. The encoding is `utf-8` unless told. Text before an invalid
   * byte is given first; then `DecodeError`, whose bytes stay until `recv`, or another `onInvalid`, takes them. With
   * `onInvalid: "ignore"` the text is empty where all the bytes were ignored.
   */
  recvText(
    bufsize: number,
    encoding?: Encoding.Encoding,
    options?: { readonly onInvalid?: Encoding.OnInvalid | undefined }
  ): Effect.Effect<Option.Option<string>, SocketError.RecvError | SocketError.DecodeError>

  /**
   * Waits for the delimiter, any sequence of bytes, and gives what stands before it; the delimiter is consumed, and
   * kept at the end with `keepDelimiter`. More than `limit` bytes before it (64 KiB unless told) are `LimitExceeded`, an
   * end before it `UnexpectedEnd`, and all of them stay; an empty delimiter is `InvalidDelimiter`. No byte is searched
   * twice. asyncio's `readuntil`.
   */
  recvUntil(
    delimiter: Uint8Array | string,
    options?: UntilOptions
  ): Effect.Effect<Uint8Array, SocketError.RecvError | SocketError.UnexpectedEnd | SocketError.LimitExceeded>

  /**
   * Waits for a line and gives its text without what ended it, `\n` or `\r\n` unless `terminator` allows but one of
   * them; `None` at the end. A line of more than `limit` bytes (64 KiB unless told) is `LimitExceeded`, a last one that
   * nothing ended `UnexpectedEnd`, for it may have been cut; one that is no text in `encoding` (`utf-8` unless told) is
   * a `DecodeError`: they stay to be received otherwise. asyncio's `readline`.
   */
  recvLine(options?: LineOptions): Effect.Effect<Option.Option<string>, SocketError.RecvError | LineError>

  /**
   * Waits for the end and gives all that came before it, which may be nothing. More than `limit` bytes (16 MiB unless
   * told) are `LimitExceeded`, and stay. asyncio's `read(-1)`.
   */
  recvAll(options?: {
    readonly limit?: number | undefined
  }): Effect.Effect<Uint8Array, SocketError.RecvError | SocketError.LimitExceeded>

  /**
   * `recv` into memory of yours: waits for a byte or the end, and gives how many bytes were written to the beginning of
   * `buffer`, or `None` at the end; a buffer without room is `InvalidBufsize`. Interrupted or failed, it has consumed
   * nothing, but may have written. Python's `recv_into`.
   */
  recvInto(buffer: Uint8Array): Effect.Effect<Option.Option<number>, SocketError.RecvError>

  /** Waits for `bytes` bytes and drops them, as `recvExactly` gives them: to skip more than fits in memory, skip portions. */
  discard(bytes: number): Effect.Effect<void, SocketError.RecvError | SocketError.UnexpectedEnd>

  /**
   * What `recv` gives, until the end, each when it is asked for, as a Chunk of its own: ended early or interrupted, it
   * leaves what it has not given in the socket.
   */
  readonly stream: Stream.Stream<Uint8Array, SocketError.RecvError>

  /**
   * What `recvLine` gives, until the end. All lines that are buffered are taken together, as one Chunk: a stream that is
   * ended or interrupted in the middle of a Chunk drops the rest of it. After a header, say, loop over `recvLine`.
   */
  lines(options?: LineOptions): Stream.Stream<string, SocketError.RecvError | LineError>

  /**
   * Sends one buffer, or several as one write. Waits while the transport is full, and returns when the system has taken
   * all of the bytes, not when the peer has them: the caller may then reuse the buffer. Interrupted before its turn,
   * none of its bytes go out; after it, all of them do, and the buffer is the socket's until they have. Nothing to send
   * sends nothing, and is not the end. Python's `sendall`.
   */
  sendAll(bytes: Uint8Array | ReadonlyArray<Uint8Array>): Effect.Effect<void, SocketError.SendError>

  /** `sendAll` of the text, encoded (`utf-8` unless told); a character that the encoding has not sends nothing. */
  sendText(
    text: string,
    encoding?: Encoding.Encoding
  ): Effect.Effect<void, SocketError.SendError | SocketError.EncodeError>

  /** Sends each Chunk by one `sendAll`. It does not end our half, so that more can follow: `shutdownSend` does that. */
  readonly sink: Sink.Sink<void, Uint8Array, never, SocketError.SendError>

  /**
   * Both directions, for `Stream.pipeThroughChannel`: sends the Chunks that come in, and ends our half at their end; gives
   * what `stream` does until the peer's end, and then sends no more. A failure of either, or of what comes in, fails it.
   */
  channel<IE = never>(): Channel.Channel<
    Chunk.Chunk<Uint8Array>,
    Chunk.Chunk<Uint8Array>,
    SocketError.RecvError | SocketError.SendError | IE,
    IE,
    void,
    unknown
  >

  /**
   * Ends our half after the sends that wait, and returns when that is done; the other half lives on. Twice is fine, and
   * so it is after the peer has gone. Interrupted, the half ends all the same. POSIX `shutdown(SHUT_WR)`.
   */
  readonly shutdownSend: Effect.Effect<void, SocketError.SendError>

  /**
   * Flushes, ends our half and lets go of the descriptor, without waiting for the peer's end. If `closeTimeout` passes
   * before all is flushed it resets, so that a cut message never looks whole. Never fails; twice is fine; interrupted,
   * it closes all the same. Whoever waits on this socket wakes with reason `Closed`. The Scope runs it in the end.
   */
  readonly close: Effect.Effect<void>

  /**
   * Resets the connection at once and lets go: the peer gets `Reset`, and loses what it had not read. On a Unix socket,
   * which has no reset, the peer sees the end (or `Reset`, if the system still had bytes of its that nobody had read).
   */
  readonly abort: Effect.Effect<void>

  /**
   * Waits until the peer has ended or reset the connection, or this end is closed, also while nobody receives (then it
   * reads ahead, but no further than `highWaterMark`).
   */
  readonly awaitEnd: Effect.Effect<void>

  /** The counters, as they are now. */
  readonly stats: Effect.Effect<Stats>
}

/**
 * A `Socket` on a transport.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (transport: Transport): Socket => new internal.SocketImpl(transport)

/**
 * The same connection, each of whose receives and sends is held to these timeouts, and no longer to those that it had: for
 * a phase of a protocol, be it one receive. It costs next to nothing, and neither does a receive or a send that need not
 * wait. What times out has consumed nothing, gives the turn back and leaves the socket usable; a send that times out
 * before its turn sends nothing, and after it goes out whole all the same, as an interrupted one does. Time goes by on
 * the Clock of the fiber that waits. Python's `settimeout`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withTimeouts: {
  (timeouts: Timeouts): (socket: Socket) => Socket
  (socket: Socket, timeouts: Timeouts): Socket
} = dual(2, (socket: Socket, timeouts: Timeouts): Socket => internal.withTimeouts(socket, timeouts))

/**
 * @since 0.1.0
 * @category guards
 */
export const isSocket = (u: unknown): u is Socket => Predicate.hasProperty(u, TypeId)
