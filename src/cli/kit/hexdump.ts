/**
 * Bytes as a person reads them: where they are, in hexadecimal, and as ASCII. Pure.
 */

export interface Row {
  /** Of its first byte. */
  readonly offset: number
  /** Two digits a byte. */
  readonly hex: string
  /** A point for what is not printable. */
  readonly ascii: string
}

const width = 16

/** Sixteen bytes a row. */
export const rows = (bytes: Uint8Array, offset: number): ReadonlyArray<Row> =>
  Array.from({ length: Math.ceil(bytes.length / width) }, (_, i) => {
    const row = bytes.subarray(i * width, (i + 1) * width)
    return {
      offset: offset + i * width,
      hex: Array.from(row, byte => byte.toString(16).padStart(2, "0")).join(" "),
      ascii: Array.from(row, byte => (byte > 0x1f && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("")
    }
  })

/** `00000010  68 65 6c 6c 6f 0a    |hello.|`, the text in a column of its own. */
export const line = ({ ascii, hex, offset }: Row): string =>
  `${offset.toString(16).padStart(8, "0")}  ${hex.padEnd(width * 3 - 1)}  |${ascii}|`
