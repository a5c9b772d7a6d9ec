/**
 * Messages on a byte stream: how the bytes of a socket are cut into messages, and messages made into bytes. A framing is
 * data, to be used with any number of sockets: it holds no connection, no buffer, and nothing of what came.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Sink from "effect/Sink"
import type * as Stream from "effect/Stream"
import * as internal from "./internal/framing/index.ts"
import {
  type DelimitedOptions,
  type Encoded,
  type Framing,
  type LengthPrefixedOptions,
  type NdjsonOptions,
  type Transformation,
  TypeId,
  type VarintOptions
} from "./internal/framing/index.ts"
import type * as Socket from "./Socket.ts"
import type * as SocketError from "./SocketError.ts"

export type {
  /**
   * @since 0.1.0
   * @category options
   */
  DelimitedOptions,
  /**
   * @since 0.1.0
   * @category models
   */
  Encoded,
  /**
   * @since 0.1.0
   * @category models
   */
  Framing,
  /**
   * @since 0.1.0
   * @category options
   */
  LengthPrefixedOptions,
  /**
   * @since 0.1.0
   * @category options
   */
  NdjsonOptions,
  /**
   * @since 0.1.0
   * @category models
   */
  Transformation,
  /**
   * @since 0.1.0
   * @category options
   */
  VarintOptions
} from "./internal/framing/index.ts"
export {
  /**
   * @since 0.1.0
   * @category type ids
   */
  TypeId
} from "./internal/framing/index.ts"

/**
 * A framing of your own, from how one frame is received and how one is encoded.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: <A, E = never, X = never, I = A>(parts: {
  readonly step: () => Socket.Step<A, E>
  readonly encode: (value: I) => Encoded<X>
}) => Framing<A, E, X, I> = internal.make

/**
 * @since 0.1.0
 * @category guards
 */
export const isFraming = (u: unknown): u is Framing<unknown, unknown, unknown, never> =>
  Predicate.hasProperty(u, TypeId)

/**
 * Frames that begin with their length: `{ size: 4 }` is Python's `struct.pack(">I", len(data)) + data`. `varint` is the
 * unsigned LEB128 of protobuf: at most 10 bytes and 64 bits, else `FrameError` (`InvalidLength`). Like protobuf it takes
 * one that is longer than it need be, and sends the shortest.
 *
 * A length beyond the limit is `LimitExceeded` as soon as the prefix is there: nothing is waited for, nothing allocated.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import { Framing, Network } from "effect-sockets"
 *
 * const framing = Framing.lengthPrefixed({ size: 4 })
 *
 * export const program = Network.withConnection("server:8080", socket =>
 *   Effect.zipRight(Framing.send(socket, framing, Uint8Array.of(1, 2, 3)), Framing.recv(socket, framing))
 * )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const lengthPrefixed: {
  (
    options: LengthPrefixedOptions
  ): Framing<Uint8Array, SocketError.LimitExceeded | SocketError.UnexpectedEnd, SocketError.FrameEncodeError>
  (
    options: VarintOptions
  ): Framing<
    Uint8Array,
    SocketError.LimitExceeded | SocketError.UnexpectedEnd | SocketError.FrameError,
    SocketError.FrameEncodeError
  >
} = internal.lengthPrefixed

/**
 * Frames that end in a delimiter, any sequence of bytes, which is not part of what is given: `recvUntil`. Content is refused
 * (`ContainsDelimiter`) if the delimiter would be found before its end. An empty delimiter fails with `InvalidDelimiter`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const delimited: (
  delimiter: Uint8Array | string,
  options?: DelimitedOptions
) => Framing<
  Uint8Array,
  SocketError.LimitExceeded | SocketError.UnexpectedEnd | SocketError.FrameError,
  SocketError.FrameEncodeError
> = internal.delimited

/**
 * Lines of text: `recvLine`, with its options. What ends a line is added to it, `\n`, or `\r\n` for `crlf`; a text is refused
 * (`ContainsDelimiter`) if the peer would see it end before: with `any` also one that ends in `\r`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const lines: (
  options?: Socket.LineOptions
) => Framing<
  string,
  SocketError.LimitExceeded | SocketError.UnexpectedEnd | SocketError.DecodeError,
  SocketError.FrameEncodeError | SocketError.EncodeError
> = internal.lines

/**
 * JSON, a document to a line, in UTF-8. What is no JSON is `FrameError` (`InvalidJson`), an empty line too, and stays: it can
 * be taken with `lines()`, and the next document received. The last line has to end as well: of `12` one could not tell
 * whether it has been cut. What has no JSON (`undefined`, a cycle, a bigint) cannot be sent.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ndjson: (
  options?: NdjsonOptions
) => Framing<
  unknown,
  SocketError.LimitExceeded | SocketError.UnexpectedEnd | SocketError.DecodeError | SocketError.FrameError,
  SocketError.FrameEncodeError
> = internal.ndjson

/**
 * The same frames with other content. A frame that `decode` refuses stays in the socket, to be received with the framing
 * underneath.
 *
 * @since 0.1.0
 * @category combinators
 */
export const transformOrFail: {
  <A, B, E2, X2, J, I>(
    transformation: Transformation<A, B, E2, X2, J, I>
  ): <E, X>(self: Framing<A, E, X, I>) => Framing<B, E | E2, X | X2, J>
  <A, E, X, I, B, E2, X2, J>(
    self: Framing<A, E, X, I>,
    transformation: Transformation<A, B, E2, X2, J, I>
  ): Framing<B, E | E2, X | X2, J>
} = dual(2, internal.transformOrFail)

/**
 * Waits for one message, and gives it; `None` where the stream ends between two of them, `UnexpectedEnd` inside one.
 * Interrupted or failed, it has consumed nothing.
 *
 * @since 0.1.0
 * @category receiving
 */
export const recv: {
  <A, E>(
    framing: Framing<A, E, unknown, never>
  ): (socket: Socket.Socket) => Effect.Effect<Option.Option<A>, SocketError.RecvError | E>
  <A, E>(
    socket: Socket.Socket,
    framing: Framing<A, E, unknown, never>
  ): Effect.Effect<Option.Option<A>, SocketError.RecvError | E>
} = dual(2, internal.recv)

/**
 * All messages to the end of the stream; those that are buffered come as one Chunk. What is wrong with one comes when those
 * before it have been given, and then it is still in the socket. The messages of a Chunk are taken together: who leaves the
 * stream in the middle of one drops the rest of it. To go on otherwise after some messages, loop over `recv`. Short frames of a
 * Chunk may be pieces of one memory, of 4 KiB at most: copy one whose memory is to be transferred.
 *
 * @since 0.1.0
 * @category receiving
 */
export const stream: {
  <A, E>(framing: Framing<A, E, unknown, never>): (socket: Socket.Socket) => Stream.Stream<A, SocketError.RecvError | E>
  <A, E>(socket: Socket.Socket, framing: Framing<A, E, unknown, never>): Stream.Stream<A, SocketError.RecvError | E>
} = dual(2, internal.stream)

/**
 * The messages in any Stream of bytes, such as a file, the output of a child process or the body of a response. It emits
 * those that are whole in the bytes read so far, and fails as `stream` does: a message that is invalid, or cut by the end of
 * the Stream, fails it after the messages before it.
 *
 * @example
 * ```ts
 * import * as Stream from "effect/Stream"
 * import { Framing } from "effect-sockets"
 *
 * const file = Stream.make(new TextEncoder().encode('{"a":1}\n{"b"'), new TextEncoder().encode(":2}\n"))
 *
 * // Emits { a: 1 } and { b: 2 }.
 * export const program = Stream.runCollect(Framing.decodeStream(file, Framing.ndjson()))
 * ```
 *
 * @since 0.1.0
 * @category receiving
 */
export const decodeStream: {
  <A, E>(
    framing: Framing<A, E, unknown, never>
  ): <E2, R>(stream: Stream.Stream<Uint8Array, E2, R>) => Stream.Stream<A, E | E2, R>
  <E2, R, A, E>(
    stream: Stream.Stream<Uint8Array, E2, R>,
    framing: Framing<A, E, unknown, never>
  ): Stream.Stream<A, E | E2, R>
} = dual(2, internal.decodeStream)

/**
 * `sendAll` of one message. One that cannot be encoded sends nothing.
 *
 * @since 0.1.0
 * @category sending
 */
export const send: {
  <I, X>(
    framing: Framing<unknown, unknown, X, I>,
    value: I
  ): (socket: Socket.Socket) => Effect.Effect<void, SocketError.SendError | X>
  <A, E, X>(socket: Socket.Socket, framing: Framing<A, E, X>, value: A): Effect.Effect<void, SocketError.SendError | X>
} = dual(3, internal.send)

/**
 * `sendAll` of all the messages, as one write: interrupted before its turn, none of them goes out, after it, all do. If one
 * of them cannot be encoded, none is sent.
 *
 * @since 0.1.0
 * @category sending
 */
export const sendMany: {
  <I, X>(
    framing: Framing<unknown, unknown, X, I>,
    values: Iterable<I>
  ): (socket: Socket.Socket) => Effect.Effect<void, SocketError.SendError | X>
  <I, X>(
    socket: Socket.Socket,
    framing: Framing<unknown, unknown, X, I>,
    values: Iterable<I>
  ): Effect.Effect<void, SocketError.SendError | X>
} = dual(3, internal.sendMany)

/**
 * Sends what comes, each Chunk by one `sendMany`. It does not end our half, so that more can be sent after it: `shutdownSend`
 * does.
 *
 * @since 0.1.0
 * @category sending
 */
export const sink: {
  <X, I>(
    framing: Framing<unknown, unknown, X, I>
  ): (socket: Socket.Socket) => Sink.Sink<void, I, never, SocketError.SendError | X>
  <X, I>(
    socket: Socket.Socket,
    framing: Framing<unknown, unknown, X, I>
  ): Sink.Sink<void, I, never, SocketError.SendError | X>
} = dual(2, internal.sink)
