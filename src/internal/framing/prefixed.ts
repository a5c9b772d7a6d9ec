/**
 * Framings whose frames begin with their length.
 *
 * @internal
 */
import * as Chunk from "effect/Chunk"
import * as Either from "effect/Either"
import { FrameEncodeError, FrameError, LimitExceeded, UnexpectedEnd } from "../../SocketError.ts"
import { oneOf, requiredOneOf } from "../option/index.ts"
import { type Batch, batchOf, fail, type Instruction, limitOf, more, type Step, take } from "../receive/index.ts"
import { type Framing, type LengthPrefixedOptions, make, type VarintOptions } from "./framing.ts"

const operation = "lengthPrefixed"

/** The length of the longest prefix in bytes: a varint for 64 bits. A fixed prefix has at most 8 bytes. */
const longestPrefix = 10

/**
 * In bytes: the greatest limit of a payload. The length of such a payload with its prefix is still an exact number. A
 * greater length in a prefix may be rounded, but even then it exceeds this limit.
 */
const longestFrame = Number.MAX_SAFE_INTEGER - longestPrefix

const payloadLimit = 16 * 1024 * 1024

/**
 * Takes the payload of `length` bytes behind a prefix of `prefix` bytes. If the length exceeds the limit, the step
 * fails before the payload has arrived.
 */
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

interface Fixed {
  readonly size: number
  readonly little: boolean
  readonly limit: number
}

/** Returns the length that the prefix at the position `at` of the view contains. */
const lengthAt = (view: Uint8Array, at: number, { little, size }: Fixed): number => {
  let length = 0
  for (let i = 0; i < size; i++) length = length * 256 + view[at + (little ? size - 1 - i : i)]!
  return length
}

const fixedStep =
  (prefix: Fixed): Step<Uint8Array, LimitExceeded | UnexpectedEnd> =>
  (view, ended) =>
    view.length < prefix.size
      ? waitFor(prefix.size, view, ended)
      : payload(view, ended, prefix.size, lengthAt(view, 0, prefix), prefix.limit)

/**
 * Takes all frames that are buffered completely. Short payloads share memory, because an allocation for each payload
 * would cost more than all other work.
 */
const fixedBatch = (prefix: Fixed): Step<Batch<Uint8Array>, LimitExceeded | UnexpectedEnd> => {
  const step = batchOf(fixedStep(prefix))
  return (view, ended, offset) => {
    const starts: Array<number> = []
    let end = 0
    while (end + prefix.size <= view.length) {
      const start = end + prefix.size
      const length = lengthAt(view, end, prefix)
      if (length > prefix.limit || start + length > view.length) break
      starts.push(start)
      end = start + length
    }
    return starts.length < 2 ? step(view, ended, offset) : take(end, cut(view, starts, end, prefix.size))
  }
}

/** In bytes. A payload of this length or more has its own memory. */
const alone = 1024

/** In bytes: the most memory that shorter payloads share. */
const slab = 4 * 1024

/** Copies the payloads. Each payload ends where the next prefix begins. The last payload ends at `end`. */
const cut = (view: Uint8Array, starts: ReadonlyArray<number>, end: number, size: number): Batch<Uint8Array> => {
  const messages: Array<Uint8Array> = []
  let memory = view.subarray(0, 0)
  let from = 0
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i]!
    const stop = i + 1 < starts.length ? starts[i + 1]! - size : end
    if (stop - start >= alone) {
      messages.push(view.slice(start, stop))
      continue
    }
    if (stop > from + memory.length) {
      from = start
      memory = view.slice(start, Math.min(end, start + slab))
    }
    messages.push(memory.subarray(start - from, stop - from))
  }
  return Chunk.unsafeFromArray(messages)
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
      // Nine bytes hold 63 bits, so the tenth byte may only be 0 or 1.
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

/** In bytes. A payload up to this size is copied behind its prefix, so that the frame is one buffer and not two. */
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

type FixedFraming = Framing<Uint8Array, LimitExceeded | UnexpectedEnd, FrameEncodeError>
type VarintFraming = Framing<Uint8Array, LimitExceeded | UnexpectedEnd | FrameError, FrameEncodeError>

export function lengthPrefixed(options: LengthPrefixedOptions): FixedFraming
export function lengthPrefixed(options: VarintOptions): VarintFraming
export function lengthPrefixed(options: LengthPrefixedOptions | VarintOptions): FixedFraming | VarintFraming {
  const limit = Math.min(limitOf(options.limit, payloadLimit), longestFrame)
  requiredOneOf<LengthPrefixedOptions["size"] | "varint">("size", options.size, [1, 2, 4, 8, "varint"])
  if (options.size === "varint") {
    const step = varintStep(limit)
    return make({ step: () => step, encode: encoder(varintPrefix, limit) })
  }
  const little = oneOf("endianness", options.endianness, ["big", "little"]) === "little"
  const prefix: Fixed = { size: options.size, little, limit }
  const step = fixedStep(prefix)
  const batch = fixedBatch(prefix)
  const most = Math.min(limit, 256 ** options.size - 1)
  return make({ step: () => step, batch: () => batch, encode: encoder(fixedPrefix(options.size, little), most) })
}
