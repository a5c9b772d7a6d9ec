/**
 * Formats bytes for people: offset, hexadecimal and ASCII. Pure.
 */

/** A row of at most 16 bytes. */
export interface Row {
  /** Offset of the first byte in the stream. */
  readonly offset: number
  /** The bytes in hexadecimal, two digits for each byte. */
  readonly hex: string
  /** The bytes as ASCII. A dot stands for a byte that is not printable. */
  readonly ascii: string
}

const width = 16

/**
 * Splits bytes into rows of 16 bytes. The last row may be shorter. `offset` is the offset of the first byte in the
 * stream.
 */
export const rows = (bytes: Uint8Array, offset: number): ReadonlyArray<Row> =>
  Array.from({ length: Math.ceil(bytes.length / width) }, (_, i) => {
    const row = bytes.subarray(i * width, (i + 1) * width)
    return {
      offset: offset + i * width,
      hex: Array.from(row, byte => byte.toString(16).padStart(2, "0")).join(" "),
      ascii: Array.from(row, byte => (byte > 0x1f && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("")
    }
  })

/**
 * Formats a row, such as `00000010  68 65 6c 6c 6f 0a 68 65 6c 6c 6f 0a 68 65 6c 6c  |hello.hello.hell|`. A short row
 * is padded, so that its ASCII is aligned with that of other rows.
 */
export const line = ({ ascii, hex, offset }: Row): string =>
  `${offset.toString(16).padStart(8, "0")}  ${hex.padEnd(width * 3 - 1)}  |${ascii}|`
