/** Tests of the pure parts of the bench: comparisons and refusals, medians, verdicts and tables. They measure no time. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { growthChart, ratioChart } from "../bench/charts.ts"
import { goals } from "../bench/goals.ts"
import { compare, cpuOf, doubts, figureOf, type Run, spreadOf } from "../bench/samples.ts"
import { columns, number, spread, summary, tableText, verdictText } from "../bench/table.ts"
import { judgeAll, type Ran, tableOf } from "../bench/verdicts.ts"
import { type Work, type Workload, workloads } from "../bench/workloads.ts"

const workloadOf = (name: string): Workload => {
  const found = workloads.find(workload => workload.name === name)
  if (found === undefined) throw new Error(`no workload ${name}`)
  return found
}

const download = workloadOf("download")
const job = download.job("quick")

const run = (contender: string, round: number, seconds: number, mine: Partial<Work> = {}, name = "download"): Run => ({
  workload: name,
  contender,
  round,
  mine: { received: job.bytes, sent: 0, ...mine },
  theirs: { received: 0, sent: mine.received ?? job.bytes },
  wall: seconds * 1e9,
  cpu: seconds * 1e6,
  figures: {}
})

const seconds = ({ wall }: Run) => wall / 1e9

describe("a median", () => {
  it("is the middle value or the mean of the two middle values, with the lowest and the highest value", () => {
    assert.deepStrictEqual(spreadOf([3, 1, 2]), { median: 2, lowest: 1, highest: 3 })
    assert.deepStrictEqual(spreadOf([4, 1, 2, 3]), { median: 2.5, lowest: 1, highest: 4 })
    assert.deepStrictEqual(spreadOf([7]), { median: 7, lowest: 7, highest: 7 })
    assert.isUndefined(spreadOf([]))
  })
})

describe("work", () => {
  it("is right if both ends count what was planned", () => {
    assert.deepStrictEqual(doubts(download, job, run("ours", 0, 1)), [])
    const short = { mine: { received: job.bytes - 1, sent: 0 }, theirs: { received: 0, sent: job.bytes } }
    assert.deepStrictEqual(doubts(download, job, short), [`received ${job.bytes - 1} of ${job.bytes}`])
    const lost = { mine: { received: job.bytes, sent: 0 }, theirs: { received: 0, sent: job.bytes + 5 } }
    assert.deepStrictEqual(doubts(download, job, lost), [`the peer sent ${job.bytes + 5} of ${job.bytes}`])
  })

  it("includes the number of messages, where messages can be distinguished", () => {
    const pingpong = workloadOf("pingpong")
    const trips = pingpong.job("quick")
    const counted = { received: trips.messages, sent: trips.messages }
    const both = (mine: number, theirs: number) =>
      doubts(pingpong, trips, { mine: { ...counted, messages: mine }, theirs: { ...counted, messages: theirs } })
    assert.deepStrictEqual(both(trips.messages, trips.messages), [])
    assert.lengthOf(both(trips.messages - 1, trips.messages), 1)
    assert.lengthOf(both(trips.messages, trips.messages + 1), 1)
  })

  it("of every compared workload is planned to the byte, in every size", () => {
    for (const workload of workloads) {
      for (const size of ["full", "quick"] as const) {
        const plan = workload.plan?.(workload.job(size))
        for (const amount of Object.values(plan ?? {})) assert.isTrue(Number.isSafeInteger(amount), workload.name)
      }
    }
  })
})

describe("a ratio", () => {
  it("is the median of the ratios of each round, in any order of the runs", () => {
    const ours = [run("ours", 0, 2), run("ours", 1, 3), run("ours", 2, 8)]
    const theirs = [run("data", 2, 2), run("data", 1, 1), run("data", 0, 1)]
    assert.deepStrictEqual(compare(ours, theirs, seconds), { ratio: { median: 3, lowest: 2, highest: 4 } })
  })

  it("is refused if the two sides did not do the same work", () => {
    const compared = compare([run("ours", 0, 1)], [run("data", 0, 1, { received: job.bytes - 1 })], seconds)
    assert.isTrue("refused" in compared && /^not the same work in round 0/.test(compared.refused))
  })

  it("is refused if no round has both sides", () => {
    assert.deepStrictEqual(compare([run("ours", 0, 1)], [run("data", 1, 1)], seconds), {
      refused: "no round in which both were measured"
    })
  })
})

describe("a figure", () => {
  it("is the work divided by the time, and CPU time is divided by the work", () => {
    const half = run("ours", 0, 0.5)
    assert.strictEqual(figureOf(download, job, half), job.bytes / 1024 / 1024 / 0.5)
    assert.closeTo(cpuOf(download, job, half) ?? 0, 0.5 / (job.bytes / 1024 ** 3), 1e-9)
  })
})

describe("verdicts", () => {
  const ran: Ran = {
    workload: download,
    job,
    runs: [run("ours", 0, 1), run("data", 0, 1.2), run("platform3", 0, 1.2), run("python", 0, 0.1, { received: 1 })]
  }
  const verdictOf = (to: string) => judgeAll([ran]).find(({ goal }) => goal.to === to)

  it("distinguish a floor that is met from a goal that is missed, and do not judge a refused ratio", () => {
    assert.deepInclude(verdictOf("data"), { floorMet: true, goalMet: false })
    assert.deepInclude(verdictOf("platform3"), { floorMet: false, goalMet: false })
    assert.deepInclude(verdictOf("python"), { floorMet: undefined, goalMet: undefined })
    assert.isUndefined(verdictOf("effect4"))
  })

  it("refer to existing workloads", () => {
    for (const { toWorkload, workload } of goals) {
      workloadOf(workload)
      workloadOf(toWorkload ?? workload)
    }
  })

  it("are printed with the refusal instead of a ratio", () => {
    const line = tableText(tableOf(ran))
      .split("\n")
      .find(text => text.includes("Python, blocking"))
    assert.include(line, "not the same work")
    assert.match(verdictText(judgeAll([ran])), /^download +data +1\.20 +1\.00 met +1\.30 MISSED$/m)
  })

  it("have a summary with a line for each workload and an empty cell for each missing ratio", () => {
    const line = summary([tableOf(ran)])
      .split("\n")
      .at(-1)
    assert.match(
      line ?? "",
      /^\| bulk download, recv\(65536\) \| \d+ MiB\/s \| \d\.\d+ \| 1\.20 \| {2}\| {2}\| {2}\| 1\.20 \| {2}\| {2}\| {2}\| {2}\|$/
    )
  })

  it("have a chart with a row for each workload that has a ratio, and no curve of one point", () => {
    const tables = [tableOf(ran)]
    assert.match(ratioChart(tables, "a note"), /^<svg .*bulk download.*<\/svg>\n$/s)
    assert.isUndefined(growthChart(tables, "connections", "a note"))
  })
})

describe("a table", () => {
  it("has columns as wide as their cells, with right-aligned numbers", () => {
    assert.strictEqual(
      columns([
        ["a", "figure"],
        ["long", "1"]
      ]),
      "a     figure\nlong       1"
    )
  })

  it("shows three digits, and a spread if there is one", () => {
    assert.deepStrictEqual([1234.5, 12.345, 1.2345].map(number), ["1235", "12.3", "1.23"])
    assert.strictEqual(spread({ median: 2, lowest: 1, highest: 3 }), "2.00 [1.00-3.00]")
    assert.strictEqual(spread({ median: 2, lowest: 2, highest: 2 }), "2.00")
  })
})

describe("Effect 4", () => {
  it("is locked to a version, without the address of a registry", () => {
    const lock = fs.readFileSync(path.resolve(import.meta.dirname, "../bench/effect4/package-lock.json"), "utf8")
    assert.notInclude(lock, "resolved")
    assert.match(lock, /"node_modules\/effect": \{\s*"version": "4\./)
  })
})
