/**
 * Frames that begin with their length.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type { Instruction, Step } from "../Socket.ts"
import { FrameEncodeError, FrameError, LimitExceeded, UnexpectedEnd } from "../SocketError.ts"
import { limitOf } from "./delimited.ts"
import { type Framing, type LengthPrefixedOptions, make, type VarintOptions } from "./framing.ts"
import { fail, more, take } from "./instruction.ts"

const operation = "lengthPrefixed"

/** What may stand before a frame; the length of a fixed one is its own, of a varint that of the longest for 64 bits. */
const longestPrefix = 10

/** What is announced has to be added to a prefix, exactly. A longer one is more than a limit of this, however it is rounded. */
const longestFrame = Number.MAX_SAFE_INTEGER - longestPrefix

const payloadLimit = 16 * 1024 * 1024

/** What follows a prefix of so many bytes that says `length`. Refused before anything is waited for. */
const payload = (
  view: Uint8Array,
  ended: boolean,
  prefix: number,
  length: number,
  limit: number
): Instruction<Uint8Array, LimitExceeded | UnexpectedEnd> => {
  if (length > limit) {
    return fail(new LimitExceeded({ operation, limit, announced: length }))
  }
  const end = prefix + length
  return view.length >= end ? take(end, view.slice(prefix, end)) : waitFor(end, view, ended)
}

const waitFor = (expected: number, view: Uint8Array, ended: boolean): Instruction<never, UnexpectedEnd> =>
  ended ? fail(new UnexpectedEnd({ expected, available: view.length })) : more(expected)

const fixedStep =
  (size: number, little: boolean, limit: number): Step<Uint8Array, LimitExceeded | UnexpectedEnd> =>
  (view, ended) => {
    if (view.length < size) {
      return waitFor(size, view, ended)
    }
    let length = 0
    for (let i = 0; i < size; i++) length = length * 256 + view[little ? size - 1 - i : i]!
    return payload(view, ended, size, length, limit)
  }

const fixedPrefix =
  (size: number, little: boolean) =>
  (length: number, room: number): Uint8Array => {
    const bytes = new Uint8Array(size + room)
    for (let i = size - 1, rest = length; i >= 0; i--, rest = Math.floor(rest / 256)) {
      bytes[little ? size - 1 - i : i] = rest % 256
    }
    return bytes
  }

const varintStep =
  (limit: number): Step<Uint8Array, LimitExceeded | UnexpectedEnd | FrameError> =>
  (view, ended, streamOffset) => {
    let length = 0
    for (let i = 0, unit = 1; i < view.length; i++, unit *= 128) {
      const byte = view[i]!
      // The tenth has but the last of 64 bits.
      if (i === longestPrefix - 1 && byte > 1) {
        return fail(new FrameError({ reason: "InvalidLength", streamOffset }))
      }
      length += (byte & 0x7f) * unit
      if (byte < 0x80) {
        return payload(view, ended, i + 1, length, limit)
      }
    }
    return waitFor(view.length + 1, view, ended)
  }

const varintPrefix = (length: number, room: number): Uint8Array => {
  let size = 1
  for (let rest = length; rest >= 128; rest = Math.floor(rest / 128)) size += 1
  const bytes = new Uint8Array(size + room)
  let rest = length
  for (let i = 0; i < size - 1; i++, rest = Math.floor(rest / 128)) bytes[i] = 0x80 | (rest % 128)
  bytes[size - 1] = rest
  return bytes
}

/** Up to so many bytes are copied behind their prefix: one piece to write instead of two. */
const copiedUpTo = 4 * 1024

const encoder =
  (prefix: (length: number, room: number) => Uint8Array, limit: number) =>
  (bytes: Uint8Array): Either.Either<Uint8Array | ReadonlyArray<Uint8Array>, FrameEncodeError> => {
    const { length } = bytes
    if (length > limit) {
      return Either.left(new FrameEncodeError({ reason: "TooLong", length, limit }))
    }
    if (length > copiedUpTo) {
      return Either.right([prefix(length, 0), bytes])
    }
    const frame = prefix(length, length)
    frame.set(bytes, frame.length - length)
    return Either.right(frame)
  }

type Fixed = Framing<Uint8Array, LimitExceeded | UnexpectedEnd, FrameEncodeError>
type Varint = Framing<Uint8Array, LimitExceeded | UnexpectedEnd | FrameError, FrameEncodeError>

export function lengthPrefixed(options: LengthPrefixedOptions): Fixed
export function lengthPrefixed(options: VarintOptions): Varint
export function lengthPrefixed(options: LengthPrefixedOptions | VarintOptions): Fixed | Varint {
  const limit = Math.min(limitOf(options.limit, payloadLimit), longestFrame)
  if (options.size === "varint") {
    const step = varintStep(limit)
    return make({ step: () => step, encode: encoder(varintPrefix, limit) })
  }
  const little = options.endianness === "little"
  const step = fixedStep(options.size, little, limit)
  const most = Math.min(limit, 256 ** options.size - 1)
  return make({ step: () => step, encode: encoder(fixedPrefix(options.size, little), most) })
}
