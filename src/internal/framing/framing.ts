/**
 * What a framing is: a step for one frame, and what encodes one. Public as part of `Framing`.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Pipeable from "effect/Pipeable"
import { type Batch, batchOf, fail, type Step, take } from "../receive/index.ts"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: unique symbol = Symbol.for("effect-sockets/Framing")

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = typeof TypeId

/**
 * What goes out as one frame, one buffer or several, or why the value cannot be one.
 */
export type Encoded<X> = Either.Either<Uint8Array | ReadonlyArray<Uint8Array>, X>

/**
 * Messages on a byte stream: those received are `A`, or fail with `E`; those sent are `I`, which is `A` too unless told,
 * or fail to be encoded with `X`. To receive one is a `Socket.Step`, and so loses nothing, however it is interrupted; to
 * encode one is a pure function.
 */
export interface Framing<out A, out E = never, out X = never, in I = A> extends Pipeable.Pipeable {
  readonly [TypeId]: typeof TypeId

  /**
   * A step for one frame. Made once for each reader, which uses it for one frame after the other: it may remember how
   * far it has looked. It fails with `UnexpectedEnd` where the stream ends inside a frame.
   */
  readonly step: () => Step<A, E>

  /** The bytes of one frame. What was given may be among them, and is not copied then. */
  readonly encode: (value: I) => Encoded<X>
}

/**
 * What is made of a frame's content and back. `streamOffset` is where in the stream the frame begins.
 */
export interface Transformation<in A, out B, out E, out X, in J, out I> {
  /** Of a frame that came. What it refuses stays in the socket. */
  readonly decode: (content: A, streamOffset: number) => Either.Either<B, E>
  /** Of a value that is to be sent. */
  readonly encode: (value: J) => Either.Either<I, X>
}

/** A prefix of so many bytes, an unsigned integer. */
export interface LengthPrefixedOptions {
  /** Of the prefix, in bytes. It is unsigned, and does not count itself. */
  readonly size: 1 | 2 | 4 | 8
  /** `big` by default. */
  readonly endianness?: "big" | "little" | undefined
  /** How many bytes may follow the prefix: 16 MiB by default. */
  readonly limit?: number | undefined
}

/** A prefix of seven bits in each byte, the lowest first, as Protocol Buffers have it. */
export interface VarintOptions {
  readonly size: "varint"
  /** How many bytes may follow the prefix: 16 MiB by default. */
  readonly limit?: number | undefined
}

/** How much a frame may hold that ends with a delimiter. */
export interface DelimitedOptions {
  /** How many bytes may stand before the delimiter: 64 KiB by default. */
  readonly limit?: number | undefined
}

/** How much a frame may hold that is a line of JSON. */
export interface NdjsonOptions {
  /** How many bytes a document may have, without what ends its line: 16 MiB by default. */
  readonly limit?: number | undefined
}

type Parts<A, E, X, I> = Pick<Framing<A, E, X, I>, "encode" | "step"> & {
  /** All frames that are there at once, where that costs less than the step again and again. It gives what that gives. */
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

/** A step for all frames that are there. */
export const batch = <A, E>(framing: Framing<A, E, unknown, never>): Step<Batch<A>, E> =>
  framing instanceof FramingImpl ? framing.batch() : batchOf(framing.step())

/** What the step would take, as `decode` makes of it. What that refuses stays where it is. */
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
