/**
 * Messages on a byte stream. A framing defines where a message begins and ends, and how a message is decoded and
 * encoded. A framing has no state and no connection, so one framing works for any number of sockets.
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
   * Marks a framing, so that `isFraming` recognizes it.
   *
   * @since 0.1.0
   * @category type ids
   */
  TypeId
} from "./internal/framing/index.ts"

/**
 * Makes a framing from a step that decodes one frame and a function that encodes one message.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: <A, E = never, X = never, I = A>(parts: {
  readonly step: () => Socket.Step<A, E>
  readonly encode: (value: I) => Encoded<X>
}) => Framing<A, E, X, I> = internal.make

/**
 * Returns true if the value is a `Framing`.
 *
 * @since 0.1.0
 * @category guards
 */
export const isFraming = (u: unknown): u is Framing<unknown, unknown, unknown, never> =>
  Predicate.hasProperty(u, TypeId)

/**
 * Makes a framing whose frames begin with their length. With `{ size: 4 }`, a frame is `struct.pack(">I", len(data)) +
 * data` in Python. With `varint`, the length is an unsigned LEB128 number, as in Protocol Buffers. A received varint
 * may be longer than necessary. A sent varint is always the shortest.
 *
 * If the length exceeds the limit, receiving fails with `LimitExceeded` as soon as the length has arrived, before
 * memory for the message is allocated. Default limit: 16 MiB. A varint of more than 10 bytes or 64 bits fails with
 * `FrameError` (`InvalidLength`). A message that is too long to send fails with `FrameEncodeError` (`TooLong`).
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
 * Makes a framing whose frames end with a delimiter. The delimiter is any sequence of bytes, or a text, which is
 * encoded as UTF-8. Received messages do not include the delimiter. Receiving a message works and fails as `recvUntil`
 * does. The stream may end between two messages. Default limit: 64 KiB. If a peer would find the delimiter before the
 * end of a message, sending fails with `FrameEncodeError` (`ContainsDelimiter`). With an empty delimiter, receiving a
 * message and sending fail with `InvalidDelimiter`.
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
 * Makes a framing for lines of text. Receiving works and fails as `recvLine` does, with the same options. Sending adds
 * `\n`, or `\r\n` with `terminator: "crlf"`. If a peer would find a terminator before the end of a text, sending fails
 * with `FrameEncodeError` (`ContainsDelimiter`). With `terminator: "any"`, a text that ends with `\r` fails too.
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
 * Makes a framing for JSON documents, one on each line, in UTF-8. A line that is not valid JSON, such as an empty line,
 * fails with `FrameError` (`InvalidJson`). The line stays buffered. To continue, receive the line with `lines` and the
 * same limit, and then the next document. The last line must end with a terminator too, because `12` without one could
 * be the beginning of a longer number. Sending a value that `JSON.stringify` cannot write (`undefined`, a cycle, a
 * bigint) fails with `FrameEncodeError` (`InvalidJson`). Default limit: 16 MiB for each document.
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
 * Returns a framing with the same frames and other messages. `decode` converts each received message. `encode` converts
 * each message to send. If `decode` fails, the frame stays buffered and can be received with the original framing.
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
 * Receives one message. Returns `None` if the stream ends between two messages. Waits until the whole message has
 * arrived. If the stream ends inside a message, fails with `UnexpectedEnd`. An interrupted or failed receive consumes
 * nothing.
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
 * Emits all messages until the end of the stream. All buffered messages are consumed together and emitted as one Chunk.
 * If a message is invalid, the stream first emits the messages before it, and then fails. The invalid message stays
 * buffered.
 *
 * If the stream is interrupted or ends in the middle of a Chunk, the rest of that Chunk is lost. To receive some
 * messages and continue another way, repeat `recv` instead. Short messages of one Chunk may share memory of up to 4
 * KiB. Copy a message before you transfer its memory to another thread.
 *
 * @since 0.1.0
 * @category receiving
 */
export const stream: {
  <A, E>(framing: Framing<A, E, unknown, never>): (socket: Socket.Socket) => Stream.Stream<A, SocketError.RecvError | E>
  <A, E>(socket: Socket.Socket, framing: Framing<A, E, unknown, never>): Stream.Stream<A, SocketError.RecvError | E>
} = dual(2, internal.stream)

/**
 * Decodes the messages in any Stream of bytes, such as a file, the output of a child process or the body of a response.
 * Emits each message when all of its bytes have been read. If a message is invalid or incomplete, the result first
 * emits the messages before it, and then fails.
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
 * Encodes one message and sends it with `sendAll`. If the message cannot be encoded, fails and sends nothing.
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
 * Encodes the messages and sends them all with one `sendAll`. If one of them cannot be encoded, fails and sends none.
 * If `sendMany` is interrupted while it waits behind other sends, it sends none. If it is interrupted later, the
 * connection still sends all of them.
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
 * Returns a Sink that sends each Chunk of messages with one `sendMany`. At the end of the input, the sending half of
 * the connection stays open. To end it, call `shutdownSend`.
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
