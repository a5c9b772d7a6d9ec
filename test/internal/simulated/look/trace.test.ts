/** The trace of a world with very many events. */
import { assert, it } from "@effect/vitest"
import { type Event, Trace } from "../../../../src/internal/simulated/look/trace.ts"

it("a trace keeps at least the latest 100,000 events, and still differs from one that differed before them", () => {
  const first = new Trace()
  const second = new Trace()
  const event: Event = { time: 0, kind: "data", connection: 1, from: "a", to: "b", hosts: ["a", "b"], bytes: 1 }
  for (let i = 0; i < 250_000; i++) {
    first.add({ ...event, time: i })
    second.add({ ...event, time: i, bytes: i === 7 ? 2 : 1 })
  }
  assert.deepStrictEqual([first.all.length, first.all.at(-1)?.time], [150_000, 249_999])
  assert.deepStrictEqual(first.lines.slice(1), second.lines.slice(1))
  assert.notStrictEqual(first.lines[0], second.lines[0])
  assert.match(first.lines[0] ?? "", /^100000 earlier events with digest -?\d+$/)
})
