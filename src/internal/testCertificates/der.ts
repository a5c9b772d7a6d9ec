/**
 * Encodes the values of a certificate in DER (X.690), a binary format.
 *
 * @internal
 */

export type Der = Uint8Array

const concat = (parts: ReadonlyArray<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat(parts))

const lengthOf = (length: number): ReadonlyArray<number> => {
  if (length < 0x80) return [length]
  const bytes: Array<number> = []
  for (let left = length; left > 0; left >>>= 8) bytes.unshift(left & 0xff)
  return [0x80 | bytes.length, ...bytes]
}

/** Encodes a value: the tag, the length, then the parts. */
export const tagged = (tag: number, ...parts: ReadonlyArray<Uint8Array>): Der => {
  const content = concat(parts)
  return concat([Uint8Array.from([tag, ...lengthOf(content.length)]), content])
}

export const sequence = (...parts: ReadonlyArray<Der>): Der => tagged(0x30, ...parts)
export const set = (...parts: ReadonlyArray<Der>): Der => tagged(0x31, ...parts)
export const octets = (bytes: Uint8Array): Der => tagged(0x04, bytes)
export const bits = (bytes: Uint8Array): Der => tagged(0x03, Uint8Array.from([0]), bytes)
export const utf8 = (text: string): Der => tagged(0x0c, Buffer.from(text, "utf8"))
export const boolean = (value: boolean): Der => tagged(0x01, Uint8Array.from([value ? 0xff : 0]))
export const nothing: Der = tagged(0x05)

/** Encodes an integer of zero or more. `bytes` is the integer in big-endian order. */
export const integer = (bytes: Uint8Array): Der => {
  const first = bytes[0] ?? 0
  return tagged(0x02, first >= 0x80 ? Uint8Array.from([0, ...bytes]) : bytes)
}

/** Encodes an object identifier, such as `2.5.29.17`. */
export const identifier = (text: string): Der => {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number)
  const bytes = [first * 40 + second]
  for (const part of rest) {
    const groups = [part & 0x7f]
    for (let left = part >>> 7; left > 0; left >>>= 7) groups.unshift(0x80 | (left & 0x7f))
    bytes.push(...groups)
  }
  return tagged(0x06, Uint8Array.from(bytes))
}

/** Encodes a time: as `UTCTime` before the year 2050, and as `GeneralizedTime` later (RFC 5280, section 4.1.2.5). */
export const time = (epochMillis: number): Der => {
  const text = `${new Date(epochMillis).toISOString().replace(/[-:T]|\.\d+/g, "")}`
  const isShort = text < "2050"
  return tagged(isShort ? 0x17 : 0x18, Buffer.from(isShort ? text.slice(2) : text, "ascii"))
}
