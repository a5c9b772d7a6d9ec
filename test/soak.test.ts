/** Tests that the soak runs and ends, and that its verdict finds growth. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Random } from "../src/internal/conformance/kit/bytes.ts"
import { bounds } from "../stress/soak/figures.ts"
import { type Bound, judge, lineOf, type Sample, slope, sparkline } from "../stress/soak/verdict.ts"
import { start } from "./cli/spawn.ts"

const bound: Bound = { name: "descriptors", unit: "", per: "minute", most: 1, slack: 2 }

/** A sample every five seconds for two minutes. */
const samples = (value: (seconds: number) => number): ReadonlyArray<Sample> =>
  Array.from({ length: 24 }, (_, n) => [n * 5, value(n * 5)] as const)

const verdictOf = (value: (seconds: number) => number) => judge(bound, samples(value)).verdict

describe("the verdict", () => {
  it("the slope is that of the least-squares line, in any order of the samples", () => {
    assert.strictEqual(
      slope([
        [0, 1],
        [1, 3],
        [2, 5]
      ]),
      2
    )
    assert.strictEqual(
      slope([
        [2, 5],
        [0, 1],
        [1, 3]
      ]),
      2
    )
    assert.closeTo(
      slope([
        [0, 0],
        [1, 1],
        [2, 0],
        [3, 1]
      ]),
      0.2,
      1e-9
    )
  })

  it("a figure that is constant, falls or fluctuates is steady", () => {
    const random = new Random(1)
    assert.strictEqual(
      verdictOf(() => 30),
      "steady"
    )
    assert.strictEqual(
      verdictOf(seconds => 100 - seconds),
      "steady"
    )
    assert.strictEqual(
      verdictOf(() => 30 + random.int(0, 3)),
      "steady"
    )
  })

  it("a growing figure is found even if it fluctuates, and its rate is reported", () => {
    const random = new Random(1)
    const verdict = judge(
      bound,
      samples(seconds => 30 + seconds / 10 + random.int(0, 3))
    )
    assert.strictEqual(verdict.verdict, "grows")
    assert.closeTo(verdict.growth, 6, 2)
    assert.match(lineOf(verdict), /^descriptors {2}grows .*\d\.\d\/minute \(at most 1\.0\/minute\) {2}[▁▂▃]/)
  })

  it("growth in the first third of the time is ignored as warm-up", () => {
    assert.strictEqual(
      verdictOf(seconds => Math.min(seconds, 35)),
      "steady"
    )
    assert.strictEqual(
      verdictOf(seconds => Math.min(seconds, 80)),
      "grows"
    )
  })

  it("growth below the bound is steady, and growth just above it is not", () => {
    const perMinute = (rate: number) =>
      judge(
        { ...bound, slack: 0 },
        samples(seconds => (rate * seconds) / 60)
      ).verdict
    assert.strictEqual(perMinute(0.99), "steady")
    assert.strictEqual(perMinute(1.01), "grows")
  })

  for (const pace of [50, 100, 240]) {
    it(`a leak of 100 bytes a round is found in five minutes at ${pace} rounds a second, and 30 bytes are steady`, () => {
      /** A heap that fills in the first minute, fluctuates by 200 KiB, and leaks. */
      const heapOf = (leak: number) => {
        const random = new Random(pace)
        return judge(
          bounds.heap,
          Array.from({ length: 60 }, (_, n) => {
            const seconds = (n + 1) * 5
            const filled = 40_000_000 - 9_000_000 * Math.exp(-seconds / 20)
            return [seconds * pace, filled + leak * seconds * pace + random.int(0, 200 * 1024)] as const
          })
        )
      }
      assert.strictEqual(heapOf(100).verdict, "grows")
      assert.closeTo(heapOf(100).growth, 100, 25)
      assert.strictEqual(heapOf(30).verdict, "steady")
      assert.strictEqual(heapOf(0).verdict, "steady")
    })
  }

  it("a report of an hour has lines of at most 100 bars", () => {
    const hour = Array.from({ length: 720 }, (_, n) => [n * 5, n] as const)
    assert.isAtMost(judge(bound, hour).picture.length, 100)
  })

  it("two samples after the warm-up give no verdict", () => {
    assert.strictEqual(
      judge(bound, [
        [0, 0],
        [5, 100],
        [10, 200]
      ]).verdict,
      "too few samples"
    )
    assert.strictEqual(judge(bound, []).verdict, "too few samples")
  })

  it("the sparkline is scaled from the lowest sample to the highest", () => {
    assert.strictEqual(sparkline([0, 1, 2, 3, 4, 5, 6, 7]), "▁▂▃▄▅▆▇█")
    assert.strictEqual(sparkline([5, 5, 5]), "▁▁▁")
    assert.strictEqual(sparkline([]), "")
  })
})

/** Starts the soak as `npm run soak` does. */
const soak = (...args: ReadonlyArray<string>) =>
  start(process.execPath, ["--expose-gc", "--import", "tsx", "stress/soak/main.ts", ...args])

describe.concurrent("npm run soak", () => {
  it.scopedLive("--seconds 3 prints samples and a steady verdict for all six figures, and exits with 0", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* Effect.flatMap(soak("--seconds", "3", "--seed", "11"), it => it.ended)
      assert.deepStrictEqual([code, stderr], [0, ""], stdout)
      assert.match(stdout, /^seed 11, 8 lanes, 3 s\n/)
      assert.isAtLeast(stdout.match(/rounds\/s · descriptors \d+ · handles \d+ · fibers \d+ · heap/g)?.length ?? 0, 8)
      for (const figure of ["descriptors", "handles", "fibers", "heap", "rss", "external"]) {
        assert.match(stdout, new RegExp(`^${figure} +steady .*/(minute|round) \\(at most .*[▁▂▃▄▅▆▇█]{8,}$`, "m"))
      }
      assert.match(stdout, /\n\d+ rounds in [\d.]+ s, 0 unexpected outcomes\n/)
      assert.match(stdout, /\nverdict: steady\n$/)
    })
  )

  it.scopedLive("SIGINT ends the soak with the verdict so far", () =>
    Effect.gen(function* () {
      const running = yield* soak("--seconds", "600", "--every", "0.5")
      yield* running.wrote("stdout", /rounds\/s/)
      yield* running.kill("SIGINT")
      const { code, stdout } = yield* running.ended
      assert.match(stdout, /\nverdict: steady\n$/)
      assert.strictEqual(code, 0)
    })
  )

  it.scopedLive("an invalid option is a usage error: exit code 2, and nothing runs", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* Effect.flatMap(soak("--seconds", "-1"), it => it.ended)
      assert.strictEqual(code, 2)
      assert.notInclude(stdout, "seed")
    })
  )
})
