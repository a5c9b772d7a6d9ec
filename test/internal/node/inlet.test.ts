/** The inlet, which provides the memory that Node reads into. These tests play the part of Node. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { Inlet } from "../../../src/internal/node/inlet.ts"
import { ByteQueue } from "../../../src/internal/receive/byteQueue.ts"

const KiB = 1024

/** Reads as Node does: into the memory that it got last. Then it calls back and asks for the next memory. */
const reader = (inlet: Inlet) => {
  const { buffer, callback } = inlet.onread
  const ask = () => (typeof buffer === "function" ? buffer() : buffer)
  let memory = ask()
  return (bytes: Uint8Array): boolean => {
    memory.set(bytes)
    const goesOn = callback(bytes.length, memory)
    memory = ask()
    return goesOn
  }
}

const filled = (bytes: number, value: number) => new Uint8Array(bytes).fill(value)

describe("an inlet", () => {
  it("keeps bytes that arrive before there is a receiver, and stops reading", () => {
    const inlet = new Inlet()
    assert.isFalse(reader(inlet)(filled(3, 7)))
    const got: Array<Uint8Array> = []
    inlet.attach(chunk => got.push(chunk) > 0)
    assert.deepStrictEqual(got, [filled(3, 7)])
  })

  it("uses one memory for all sockets for small reads, and passes on a copy of each", () => {
    const got: Array<Uint8Array> = []
    const inlets = [new Inlet(), new Inlet()]
    for (const inlet of inlets) inlet.attach(chunk => got.push(chunk) > 0)
    const [memory, other] = inlets.map(inlet => (inlet.onread.buffer as () => Uint8Array)())
    assert.strictEqual(memory, other)
    const reads = inlets.map(reader)
    for (let i = 0; i < 10; i++) reads[i % 2]!(filled(1000, i))
    assert.deepStrictEqual(
      got,
      Array.from({ length: 10 }, (_, i) => filled(1000, i))
    )
    for (const chunk of got)
      assert.strictEqual(chunk.buffer.byteLength, 1000, "a chunk holds no more memory than its bytes")
  })

  it("passes on large reads without a copy, and never reads into their memory again", () => {
    const inlet = new Inlet()
    const got: Array<Uint8Array> = []
    inlet.attach(chunk => got.push(chunk) > 0)
    const read = reader(inlet)
    for (let i = 0; i < 20; i++) read(filled(64 * KiB, i))
    assert.deepStrictEqual(
      got,
      Array.from({ length: 20 }, (_, i) => filled(64 * KiB, i))
    )
    assert.strictEqual(new Set(got.map(chunk => chunk.buffer)).size, 20)
  })

  it("uses two memories in turn, for any number of bytes, if the memory is recycled", () => {
    const inlet = new Inlet()
    const queue = new ByteQueue(inlet)
    const memories = new Set<ArrayBufferLike>()
    inlet.attach(chunk => {
      queue.push(chunk)
      return true
    })
    const read = reader(inlet)
    for (let i = 0; i < 1000; i++) {
      read(filled(64 * KiB, i % 256))
      const view = queue.view()
      assert.strictEqual(view[view.length - 1], i % 256)
      if (i > 0) memories.add(view.buffer)
      queue.drop(view.length)
    }
    assert.strictEqual(memories.size, 2)
  })

  it("gives up its own memory after small reads", () => {
    const inlet = new Inlet()
    inlet.attach(() => true)
    const read = reader(inlet)
    const memory = () => (inlet.onread.buffer as () => Uint8Array)()
    const shared = memory()
    read(filled(64 * KiB, 1))
    assert.notStrictEqual(memory(), shared)
    for (let i = 0; i < 8; i++) read(filled(10, i))
    assert.strictEqual(memory(), shared)
  })

  it("never changes bytes that were taken, in any order of reads, views, takes and drops", () => {
    const deed = fc.oneof(
      fc.tuple(fc.constant("read" as const), fc.integer({ min: 1, max: 64 * KiB })),
      fc.tuple(fc.constant("take" as const), fc.integer({ min: 1, max: 100 * KiB })),
      fc.tuple(fc.constant("drop" as const), fc.integer({ min: 1, max: 100 * KiB })),
      fc.tuple(fc.constant("view" as const), fc.constant(0))
    )
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 60 }), deeds => {
        const inlet = new Inlet()
        const queue = new ByteQueue(inlet)
        inlet.attach(chunk => {
          queue.push(chunk)
          return true
        })
        const read = reader(inlet)
        let [came, gone] = [0, 0]
        const given: Array<readonly [at: number, bytes: Uint8Array]> = []
        const isRight = (at: number, bytes: Uint8Array) => bytes.every((byte, i) => byte === (at + i) % 251)
        for (const [what, size] of deeds) {
          const here = Math.min(size, queue.size)
          if (what === "read") {
            read(Uint8Array.from({ length: size }, (_, i) => (came + i) % 251))
            came += size
          } else if (what === "view") {
            assert.isTrue(isRight(gone, queue.view()))
          } else if (here > 0) {
            const bytes = what === "take" ? queue.take(size) : undefined
            if (bytes === undefined) queue.drop(here)
            else given.push([gone, bytes])
            gone += bytes?.length ?? here
          }
        }
        for (const [at, bytes] of given) assert.isTrue(isRight(at, bytes))
        assert.strictEqual(new Set(given.map(([, bytes]) => bytes.buffer)).size, given.length)
      }),
      { numRuns: 200 }
    )
  })
})
