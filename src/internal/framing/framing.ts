/**
 * The type `Framing`: a step that decodes one frame, and a function that encodes one. Public as part of `Framing.ts`.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Pipeable from "effect/Pipeable"
import { type Batch, batchOf, fail, type Step, take } from "../receive/index.ts"

/**
 * The symbol that marks a value as a `Framing`.
 *
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: unique symbol = Symbol.for("effect-sockets/Framing")

/**
 * The type of `TypeId`.
 *
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = typeof TypeId

/**
 * The result of encoding a value: the frame, as one buffer or several buffers, or an error if the value cannot be
 * encoded.
 */
export type Encoded<X> = Either.Either<Uint8Array | ReadonlyArray<Uint8Array>, X>

/**
 * Defines where messages begin and end on a byte stream, and how messages are decoded and encoded. Received messages
 * have type `A`, and decoding fails with `E`. Sent messages have type `I`, and encoding fails with `X`. Default of `I`:
 * `A`. A message is received with a `Socket.Step`, so an interrupted receive loses nothing. Encoding is a pure
 * function.
 */
export interface Framing<out A, out E = never, out X = never, in I = A> extends Pipeable.Pipeable {
  readonly [TypeId]: typeof TypeId

  /**
   * Makes a step that decodes one frame. Each call of `recv`, `stream` or `decodeStream` has its own step for all its
   * frames. So the step may remember how far it has searched. If the stream ends inside a frame, the step fails with
   * `UnexpectedEnd`.
   */
  readonly step: () => Step<A, E>

  /** Encodes one frame. The result may share memory with `value`. */
  readonly encode: (value: I) => Encoded<X>
}

/**
 * Two functions that convert between the content of a frame and a value. `streamOffset` is the position of the frame in
 * the stream, in bytes.
 */
export interface Transformation<in A, out B, out E, out X, in J, out I> {
  /** Decodes the content of a received frame. If it fails, the frame stays buffered. */
  readonly decode: (content: A, streamOffset: number) => Either.Either<B, E>
  /** Encodes a value that is sent. */
  readonly encode: (value: J) => Either.Either<I, X>
}

/** Options of `lengthPrefixed` for a prefix of a fixed size: an unsigned integer. */
export interface LengthPrefixedOptions {
  /** The size of the prefix in bytes. The length in the prefix does not include the prefix. */
  readonly size: 1 | 2 | 4 | 8
  /** The byte order of the prefix. Default: `big`. */
  readonly endianness?: "big" | "little" | undefined
  /** The most bytes allowed after the prefix. Default: 16 MiB. `Infinity` means no limit. */
  readonly limit?: number | undefined
}

/**
 * Options of `lengthPrefixed` for a varint, the prefix of Protocol Buffers: seven bits in each byte, the lowest first.
 */
export interface VarintOptions {
  /** Selects the varint prefix. The length in the prefix does not include the prefix. */
  readonly size: "varint"
  /** The most bytes allowed after the prefix. Default: 16 MiB. `Infinity` means no limit. */
  readonly limit?: number | undefined
}

/** Options of `delimited`. */
export interface DelimitedOptions {
  /** The most bytes allowed before the delimiter. Default: 64 KiB. `Infinity` means no limit. */
  readonly limit?: number | undefined
}

/** Options of `ndjson`. */
export interface NdjsonOptions {
  /** The most bytes allowed in a document, without its line terminator. Default: 16 MiB. `Infinity` means no limit. */
  readonly limit?: number | undefined
}

type Parts<A, E, X, I> = Pick<Framing<A, E, X, I>, "encode" | "step"> & {
  /**
   * Makes a step that decodes all buffered frames at once. The frames must be the same as those of `step`. Given only
   * if this step is faster than repeating `step`.
   */
  readonly batch?: () => Step<Batch<A>, E>
}

class FramingImpl<A, E, X, I> extends Pipeable.Class() implements Framing<A, E, X, I> {
  readonly [TypeId]: typeof TypeId = TypeId
  readonly step: () => Step<A, E>
  readonly encode: (value: I) => Encoded<X>
  readonly batch: () => Step<Batch<A>, E>
  constructor({ batch, encode, step }: Parts<A, E, X, I>) {
    super()
    this.step = step
    this.encode = encode
    this.batch = batch ?? (() => batchOf(step()))
  }
}

export const make = <A, E = never, X = never, I = A>(parts: Parts<A, E, X, I>): Framing<A, E, X, I> =>
  new FramingImpl(parts)

/** Returns a step that decodes all buffered frames. */
export const batch = <A, E>(framing: Framing<A, E, unknown, never>): Step<Batch<A>, E> =>
  framing instanceof FramingImpl ? framing.batch() : batchOf(framing.step())

/** Returns a step that decodes the value of another step. If `decode` fails, the frame stays buffered. */
export const mapStep =
  <A, E, B, E2>(step: Step<A, E>, decode: (value: A, streamOffset: number) => Either.Either<B, E2>): Step<B, E | E2> =>
  (view, ended, offset) => {
    const instruction = step(view, ended, offset)
    if (instruction._tag !== "Take") {
      return instruction
    }
    const decoded = decode(instruction.value, offset)
    return Either.isRight(decoded) ? take(instruction.bytes, decoded.right) : fail(decoded.left)
  }
