/**
 * Makes the bytes that the properties send, and random numbers that are the same in every run.
 *
 * @internal
 */

/** A generator of random numbers: Mulberry32. */
export class Random {
  private state: number
  constructor(seed: number) {
    this.state = seed
  }
  /** Returns a random number that is at least 0 and less than 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  /** Returns a random integer that is at least `min` and at most `max`. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1))
  }
  /** Returns this many random bytes. */
  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i++) bytes[i] = this.next() * 256
    return bytes
  }
  /**
   * Returns a random text of this many characters: ASCII letters in lower case, mixed with characters that have two,
   * three or four bytes in UTF-8.
   */
  text(characters: number): string {
    let text = ""
    for (let i = 0; i < characters; i++) {
      const kind = this.int(0, 9)
      text += kind === 0 ? "é" : kind === 1 ? "€" : kind === 2 ? "😀" : String.fromCharCode(this.int(0x61, 0x7a))
    }
    return text
  }
}

/**
 * The first and the last character that UTF-8 encodes with one byte, with two, with three and with four bytes. Also the
 * characters just before and just after the surrogates.
 */
export const characters = [
  "\u0000",
  "\u007f",
  "\u0080",
  "\u07ff",
  "\u0800",
  "\ud7ff",
  "\ue000",
  "\uffff",
  "\u{10000}",
  "\u{10ffff}"
]

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Encodes the text as UTF-8. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text)

/** Decodes UTF-8. Throws if the bytes are invalid. */
export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes)

/** Joins the pieces into one array. */
export const concat = (pieces: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/**
 * Returns this many bytes: the same 65,521 random bytes, repeated. This is faster than new random bytes. The number
 * 65,521 is prime. So if a block of a usual size is lost or moved, the bytes differ.
 */
export const pattern = (length: number, seed = 1): Uint8Array => {
  const page = new Random(seed).bytes(65_521)
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += page.length) bytes.set(page.subarray(0, length - at), at)
  return bytes
}

/** Splits the bytes into pieces of random sizes, from 1 to `most` bytes. */
export const cut = (bytes: Uint8Array, random: Random, most: number): ReadonlyArray<Uint8Array> => {
  const pieces: Array<Uint8Array> = []
  for (let at = 0; at < bytes.length; ) {
    const piece = bytes.subarray(at, at + random.int(1, most))
    pieces.push(piece)
    at += piece.length
  }
  return pieces
}

/**
 * Returns a frame: 4 bytes with the number `id`, 4 bytes with the length of the payload, and a payload that is computed
 * from `id`.
 */
export const frame = (id: number, payload: number): Uint8Array => {
  const bytes = new Uint8Array(8 + payload)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, id)
  view.setUint32(4, payload)
  for (let i = 0; i < payload; i++) bytes[8 + i] = id * 31 + i
  return bytes
}

/**
 * Returns the number of each frame in the bytes. Throws if the bytes contain an incomplete frame or a changed payload.
 */
export const frameIds = (bytes: Uint8Array): Array<number> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const ids: Array<number> = []
  let at = 0
  while (at < bytes.length) {
    if (bytes.length - at < 8) throw new Error(`half a frame at byte ${at} of ${bytes.length}`)
    const id = view.getUint32(at)
    const payload = view.getUint32(at + 4)
    const expected = frame(id, Math.min(payload, bytes.length))
    for (let i = 8; i < 8 + payload; i++) {
      if (bytes[at + i] !== expected[i]) {
        throw new Error(`frame ${id} of ${payload} bytes at byte ${at} is not whole: byte ${i} is ${bytes[at + i]}`)
      }
    }
    ids.push(id)
    at += 8 + payload
  }
  return ids
}

/**
 * A `Uint8Array` whose `slice` returns a view of the same memory, like the `slice` of Node's Buffer. The `slice` of a
 * plain `Uint8Array` returns a copy.
 */
export class Viewing extends Uint8Array<ArrayBuffer> {
  override slice(start?: number, end?: number): Uint8Array<ArrayBuffer> {
    return this.subarray(start, end)
  }
}

/** True for a plain `Uint8Array`. False for an instance of a subclass, such as Buffer. */
export const isPlain = (bytes: Uint8Array): boolean => Object.getPrototypeOf(bytes) === Uint8Array.prototype

/** Returns every way to split the bytes into two pieces. A piece may be empty. */
export const everySplit = (bytes: Uint8Array): ReadonlyArray<readonly [Uint8Array, Uint8Array]> =>
  Array.from({ length: bytes.length + 1 }, (_, at) => [bytes.subarray(0, at), bytes.subarray(at)])
