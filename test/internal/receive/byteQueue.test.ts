import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { ByteQueue } from "../../../src/internal/receive/byteQueue.ts"

/** The operations of a queue, with sizes that cross the borders of chunks. */
const operation = fc.oneof(
  fc.record({ kind: fc.constant("push" as const), size: fc.constantFrom(1, 2, 7, 100, 5_000, 20_000, 65_536) }),
  fc.record({ kind: fc.constant("take" as const), size: fc.integer({ min: 1, max: 100_000 }) }),
  fc.record({ kind: fc.constant("view" as const), size: fc.constant(0) }),
  fc.record({ kind: fc.constant("drop" as const), size: fc.integer({ min: 0, max: 30_000 }) })
)

describe("ByteQueue", () => {
  it("returns the bytes in the order in which they were pushed, for any sequence of operations", () =>
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), operations => {
        const queue = new ByteQueue()
        let pushed = 0
        let taken = 0
        const check = (bytes: Uint8Array, from: number) => {
          const wrong = bytes.findIndex((byte, i) => byte !== (from + i) % 251)
          assert.strictEqual(wrong, -1)
        }
        for (const { kind, size } of operations) {
          if (kind === "push") {
            queue.push(new Uint8Array(size).map((_, i) => (pushed + i) % 251))
            pushed += size
          } else if (kind === "take" && queue.size > 0) {
            const bytes = queue.take(size)
            assert.isTrue(bytes.length >= 1 && bytes.length <= size)
            check(bytes, taken)
            taken += bytes.length
          } else if (kind === "view") {
            const view = queue.view()
            assert.strictEqual(view.length, queue.size)
            check(view, taken)
          } else if (kind === "drop") {
            const bytes = Math.min(size, queue.size)
            queue.drop(bytes)
            taken += bytes
          }
          assert.strictEqual(queue.size, pushed - taken)
        }
      }),
      { numRuns: 300 }
    ))

  it("never returns the same memory twice, so a result can be overwritten or transferred", () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 30 }), sizes => {
        const queue = new ByteQueue()
        for (let i = 0; i < 5; i++) {
          queue.push(new Uint8Array(65_536))
        }
        const buffers = new Set<ArrayBufferLike>()
        for (const size of sizes) {
          if (queue.size === 0) {
            return
          }
          const bytes = queue.take(size)
          assert.isFalse(buffers.has(bytes.buffer))
          buffers.add(bytes.buffer)
          structuredClone(bytes, { transfer: [bytes.buffer as ArrayBuffer] })
        }
      })
    ))

  it("does not keep a large chunk alive with a small result", () => {
    const queue = new ByteQueue()
    queue.push(new Uint8Array(65_536))
    queue.take(65_000)
    assert.isAtMost(queue.take(1000).buffer.byteLength, 1000)
  })

  it("returns a whole chunk without a copy", () => {
    const queue = new ByteQueue()
    const chunk = new Uint8Array(65_536)
    queue.push(chunk)
    assert.strictEqual(queue.take(65_536), chunk)
  })

  it("keeps no memory of bytes that have been taken", () => {
    const queue = new ByteQueue()
    for (let round = 0; round < 3; round++) {
      queue.push(new Uint8Array(1000))
      queue.push(new Uint8Array(1000))
      queue.view()
      queue.push(new Uint8Array(10))
      queue.view()
      queue.drop(queue.size)
    }
    const held = Object.values(queue)
      .flat()
      .filter(value => value instanceof Uint8Array && value.length > 0)
    assert.deepStrictEqual(held, [])
  })

  for (const size of [1, 2, 64, 700, 1023]) {
    it(`keeps at most twice the bytes of 100,000 bytes in chunks of ${size}, and few arrays`, () => {
      const queue = new ByteQueue()
      while (queue.size < 100_000) queue.push(new Uint8Array(size))
      const chunks = Object.values(queue)
        .flat()
        .filter(value => value instanceof Uint8Array && value.length > 0)
      const memories = new Set(chunks.map(chunk => chunk.buffer))
      const bytes = [...memories].reduce((sum, memory) => sum + memory.byteLength, 0)
      assert.isAtMost(bytes + 313 * memories.size, 2 * queue.size)
    })
  }

  it("reuses its memory for a stream whose messages cross the borders of chunks", () => {
    const queue = new ByteQueue()
    const views = new Set<ArrayBufferLike>()
    for (let i = 0; i < 1000; i++) {
      queue.push(new Uint8Array(10_000))
      views.add(queue.view().buffer)
      queue.drop(queue.size - 100 - (i % 50))
    }
    assert.isAtMost(views.size, 5)
  })

  it("does not keep the memory of a long message for the short ones after it", () => {
    const queue = new ByteQueue()
    for (let i = 0; i < 100; i++) {
      queue.push(new Uint8Array(10_000))
      queue.view()
    }
    // Enough rounds to use up the room of that memory.
    for (let i = 0; i < 3000; i++) {
      queue.drop(queue.size - 10)
      queue.push(new Uint8Array(1000))
      queue.view()
    }
    assert.isAtMost(queue.view().buffer.byteLength, 8 * queue.size)
  })

  it("recycles every chunk that it copied, and never the memory that it copied them to", () => {
    const back: Array<Uint8Array<ArrayBufferLike>> = []
    const queue = new ByteQueue({ recycle: chunk => back.push(chunk) })
    const pushed: Array<Uint8Array> = Array.from({ length: 50 }, (_, i) => new Uint8Array(1000 + i))
    for (const chunk of pushed) {
      queue.push(chunk)
      queue.view()
      queue.drop(queue.size - 7)
    }
    const others = back.filter(chunk => !pushed.includes(chunk))
    const view = queue.view()
    assert.isTrue(others.every(chunk => chunk.buffer !== view.buffer))
    assert.strictEqual(back.filter(chunk => pushed.includes(chunk)).length, pushed.length)
  })

  it("copies a frame that arrives byte by byte a few times, not once for each byte", () => {
    const queue = new ByteQueue()
    const views = new Set<ArrayBufferLike>()
    for (let i = 0; i < 100_000; i++) {
      queue.push(Uint8Array.of(i % 251))
      views.add(queue.view().buffer)
    }
    assert.isBelow(views.size, 40)
  })
})
