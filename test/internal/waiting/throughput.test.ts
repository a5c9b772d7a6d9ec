import { assert, describe, it } from "@effect/vitest"
import { Throughput } from "../../../src/internal/waiting/throughput.ts"

/** Requires 10 bytes in each second of waiting. */
const make = () => new Throughput(10, 1000)

describe("Throughput", () => {
  it("counts the time of consecutive waits, and not the time between them", () => {
    const throughput = make()
    throughput.begin(0, 0)
    assert.strictEqual(throughput.dueAt, 1000)
    throughput.end(400)
    assert.strictEqual(throughput.dueAt, Number.POSITIVE_INFINITY)
    throughput.begin(50_000, 1)
    assert.strictEqual(throughput.dueAt, 50_600)
    throughput.end(50_500)
    throughput.begin(90_000, 2)
    assert.strictEqual(throughput.dueAt, 90_100)
    assert.isFalse(throughput.next(90_100, 9))
  })

  it("counts every byte of a span, even if no receive waited for it, and no byte of the span before", () => {
    const throughput = make()
    throughput.begin(0, 500)
    throughput.end(600)
    throughput.begin(10_000, 509)
    assert.isTrue(throughput.next(10_400, 510))
    assert.strictEqual(throughput.dueAt, 11_400)
    assert.isFalse(throughput.next(11_400, 519))
  })

  it("begins a new span after one in which too few bytes arrived", () => {
    const throughput = make()
    throughput.begin(0, 0)
    assert.isFalse(throughput.next(1000, 0))
    // The wait ended with its span. The 3 ms until `end` is called do not count.
    throughput.end(1003)
    throughput.begin(7000, 0)
    assert.strictEqual(throughput.dueAt, 8000)
  })

  it("does not count a wait whose end was not reported", () => {
    const throughput = make()
    throughput.begin(0, 0)
    throughput.begin(500, 0)
    assert.strictEqual(throughput.dueAt, 1500)
    throughput.end(600)
    throughput.end(900)
    throughput.begin(2000, 0)
    assert.strictEqual(throughput.dueAt, 2900)
  })
})
