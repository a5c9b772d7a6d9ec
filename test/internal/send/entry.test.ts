import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { Pieces, pieceBytes } from "../../../src/internal/send/entry.ts"

const numbered = (lengths: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  let next = 0
  return lengths.map(length => Uint8Array.from({ length }, () => next++ % 251))
}

/** Returns all pieces. Each piece is taken before the next one is requested. */
const all = (pieces: Pieces): ReadonlyArray<ReadonlyArray<Uint8Array>> => {
  const got: Array<ReadonlyArray<Uint8Array>> = []
  while (pieces.left > 0) {
    const piece = pieces.next() ?? assert.fail("a buffer has changed")
    assert.isTrue(pieces.isWaiting)
    got.push(piece)
    pieces.take(piece)
    assert.isFalse(pieces.isWaiting)
  }
  return got
}

const bytesIn = (buffers: ReadonlyArray<Uint8Array>) => buffers.reduce((sum, buffer) => sum + buffer.length, 0)

describe("Pieces", () => {
  it("contain the given buffers in pieces of 64 KiB and a last piece, for buffers of any length", () => {
    const length = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 150_000 }))
    fc.assert(
      fc.property(fc.array(length, { minLength: 1, maxLength: 8 }), lengths => {
        const buffers = numbered(lengths)
        const total = bytesIn(buffers)
        const pieces = new Pieces(buffers, total)
        const got = all(pieces)
        assert.deepStrictEqual(Buffer.concat(got.flat()), Buffer.concat(buffers))
        assert.strictEqual(pieces.taken, total)
        assert.isTrue(got.slice(0, -1).every(piece => bytesIn(piece) === pieceBytes))
        assert.isTrue(got.flat().every(part => part.length > 0))
      }),
      { numRuns: 50 }
    )
  })

  it("do not change when the list of buffers is changed while they go out", () => {
    const buffers = [...numbered([100_000, 100_000])]
    const given = Buffer.concat(buffers)
    const pieces = new Pieces(buffers, given.length)
    buffers.length = 0
    assert.deepStrictEqual(Buffer.concat(all(pieces).flat()), given)
  })

  it("copy nothing", () => {
    const buffer = new Uint8Array(200_000)
    assert.isTrue(all(new Pieces(buffer, buffer.length)).every(([part]) => part?.buffer === buffer.buffer))
  })

  it("are counted once, however often take is called", () => {
    const pieces = new Pieces(new Uint8Array(150_000), 150_000)
    const first = pieces.next()
    pieces.take()
    const second = pieces.next()
    pieces.take(first)
    assert.deepStrictEqual([pieces.taken, pieces.isWaiting], [pieceBytes, true])
    pieces.take(second)
    pieces.take(second)
    pieces.take()
    assert.deepStrictEqual([pieces.taken, pieces.left], [2 * pieceBytes, 150_000 - 2 * pieceBytes])
  })
})
