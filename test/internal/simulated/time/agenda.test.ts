import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { Agenda } from "../../../../src/internal/simulated/time/agenda.ts"

const everything = (agenda: Agenda): void => {
  for (let happen = agenda.take(Number.POSITIVE_INFINITY); happen !== undefined; ) {
    happen()
    happen = agenda.take(Number.POSITIVE_INFINITY)
  }
}

describe("an agenda", () => {
  it("returns callbacks by time, then in the order in which they were added, without the canceled ones", () => {
    const entry = FastCheck.record({ at: FastCheck.nat(20), cancels: FastCheck.boolean() })
    FastCheck.assert(
      FastCheck.property(FastCheck.array(entry, { maxLength: 200 }), entries => {
        const agenda = new Agenda()
        const happened: Array<number> = []
        const cancels = entries.map(({ at }, i) => agenda.add(at, () => happened.push(i)))
        entries.forEach(({ cancels: isCancelled }, i) => {
          if (isCancelled) cancels[i]!()
        })
        const expected = entries.map(({ at, cancels }, i) => ({ at, i, cancels })).filter(({ cancels }) => !cancels)
        assert.strictEqual(agenda.size, expected.length)
        everything(agenda)
        assert.deepStrictEqual(
          happened,
          expected.sort((a, b) => a.at - b.at || a.i - b.i).map(({ i }) => i)
        )
        assert.strictEqual(agenda.size, 0)
        for (const cancel of cancels) cancel()
        assert.strictEqual(agenda.size, 0)
      }),
      { numRuns: 300 }
    )
  })

  it("returns no callback before its time", () => {
    const agenda = new Agenda()
    agenda.add(5, () => {})
    assert.deepStrictEqual([agenda.take(4), agenda.next, agenda.size], [undefined, 5, 1])
    assert.isFunction(agenda.take(5))
  })

  it("does not grow when callbacks are canceled", () => {
    const agenda = new Agenda()
    agenda.add(1, () => {})
    for (let i = 0; i < 10_000; i++) agenda.add(2 + i, () => {})()
    assert.isBelow((agenda as unknown as { readonly heap: ReadonlyArray<unknown> }).heap.length, 10)
  })
})
