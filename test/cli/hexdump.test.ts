/** Bytes as people read them. */
import { assert, it } from "@effect/vitest"
import { line, rows } from "../../src/cli/kit/hexdump.ts"

const lines = (bytes: Uint8Array, offset: number) => rows(bytes, offset).map(line)

it("a row has sixteen bytes with their offset, and a dot for a byte that is not printable", () => {
  assert.deepStrictEqual(lines(Buffer.from("hello, world~\x7f\x1b[31m\xe9", "latin1"), 0x1f0), [
    "000001f0  68 65 6c 6c 6f 2c 20 77 6f 72 6c 64 7e 7f 1b 5b  |hello, world~..[|",
    "00000200  33 31 6d e9                                      |31m.|"
  ])
})

it("sixteen bytes are one row, and no bytes are no row", () => {
  assert.deepStrictEqual(rows(new Uint8Array(16), 0).length, 1)
  assert.deepStrictEqual(rows(new Uint8Array(0), 7), [])
})

it("every byte is two digits and one printable character", () => {
  const [first, ...rest] = rows(
    Uint8Array.from({ length: 256 }, (_, i) => i),
    0
  )
  assert.strictEqual(first?.hex, "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f")
  assert.match([first, ...rest].map(row => row?.ascii).join(""), /^[\x20-\x7e]{256}$/)
})
