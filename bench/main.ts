/**
 * `npm run bench` measures each workload with each contender, side by side in one run. Progress goes to stderr and tables
 * go to stdout. All results go to a JSON file and to charts. The exit code is 0 if everything was measured, 1 if a
 * contender failed, and 2 for a usage error.
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { run } from "../tools/run.ts"
import { build } from "./build.ts"
import { growthChart, ratioChart } from "./charts.ts"
import { type Contender, contenders, titles } from "./contenders.ts"
import { type Failure, measure } from "./rounds.ts"
import { summary, tableText, verdictText } from "./table.ts"
import { judgeAll, type Ran, type Table, tableOf } from "./verdicts.ts"
import { type Workload, workloads } from "./workloads.ts"

const listed = (name: string, known: ReadonlyArray<string>, help: string) =>
  Options.text(name).pipe(
    Options.withDescription(help),
    Options.map(text => text.split(",")),
    Options.filterMap(
      names => (names.every(one => known.includes(one)) ? Option.some(names) : Option.none()),
      `--${name} must be a comma-separated list of: ${known.join(", ")}`
    ),
    Options.optional
  )

const groups = [...new Set(workloads.map(({ group }) => group))]

const results = path.join(import.meta.dirname, "results")

const options = {
  quick: Options.boolean("quick").pipe(
    Options.withDescription("Do less work in fewer rounds; takes two and a half minutes")
  ),
  rounds: Options.integer("rounds").pipe(
    Options.withDescription("Number of rounds (default: 5; with --quick: 3)"),
    Options.optional
  ),
  only: listed(
    "only",
    [...groups, ...workloads.map(({ name }) => name)],
    "Workloads or groups (table, connections, frames) to run, separated by commas (default: all)"
  ),
  contenders: listed("contenders", Object.keys(titles), "Contenders to measure, separated by commas (default: all)"),
  before: Options.text("before").pipe(
    Options.withDescription("Also measure the sources of this commit, as the contender `before`"),
    Options.optional
  ),
  charts: Options.text("charts").pipe(
    Options.withDescription("Folder for the charts (default: bench/results)"),
    Options.withDefault(results)
  ),
  json: Options.text("json").pipe(
    Options.withDescription("File for the JSON (default: bench/results/last.json)"),
    Options.withDefault(path.join(results, "last.json"))
  )
}

type Config = Command.Command.ParseConfig<typeof options>

const say = (line: string) => Effect.sync(() => void process.stdout.write(`${line}\n`))
const report = (line: string) => Effect.sync(() => void process.stderr.write(`${line}\n`))

/** The workloads named by `--only`. Default: all, or with `--quick` only the group `table`. */
const chosen = ({ only, quick }: Config): ReadonlyArray<Workload> =>
  workloads.filter(({ group, name }) =>
    Option.match(only, {
      onNone: () => !quick || group === "table",
      onSome: names => names.includes(name) || names.includes(group)
    })
  )

const write = (file: string, text: string) =>
  Effect.sync(() => {
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, text)
  })

/** Draws the charts for which there are tables. */
const draw = (folder: string, tables: ReadonlyArray<Table>, note: string) => {
  const charts = {
    ratios: tables.some(({ group }) => group === "table") ? ratioChart(tables, note) : undefined,
    connections: growthChart(tables, "connections", note),
    frames: growthChart(tables, "frames", note)
  }
  return Effect.forEach(Object.entries(charts), ([name, chart]) =>
    chart === undefined ? Effect.void : write(path.join(folder, `bench-${name}.svg`), chart)
  )
}

const machine = () => ({
  node: process.version,
  platform: `${process.platform} ${os.arch()}`,
  cpu: os.cpus()[0]?.model,
  cores: os.availableParallelism(),
  load: os.loadavg()[0]
})

const missingText = (all: ReadonlyArray<Contender>) =>
  all.flatMap(({ missing, title }) => (missing === undefined ? [] : [`${title} was not measured: ${missing}`]))

const failureText = (failures: ReadonlyArray<Failure>) =>
  failures.map(
    ({ contender, round, why, workload }) =>
      `${workload}, ${contender}, round ${round + 1}: ${why.replace(/\s+/g, " ")}`
  )

/** True for the contenders named by `--contenders` (default: all), and always for `before`. */
const isWanted =
  ({ contenders }: Config) =>
  (name: string): boolean =>
    Option.match(contenders, { onNone: () => true, onSome: names => names.includes(name) || name === "before" })

const bench = (config: Config) =>
  Effect.gen(function* () {
    yield* report("building")
    const built = yield* Effect.sync(() => build(isWanted(config), Option.getOrUndefined(config.before)))
    const present = contenders(built).filter(({ name }) => isWanted(config)(name))
    const size = config.quick ? "quick" : "full"
    const rounds = Option.getOrElse(config.rounds, () => (config.quick ? 3 : 5))
    const sessions: Array<Ran> = []
    const failures: Array<Failure> = []
    for (const workload of chosen(config)) {
      const outcome = yield* measure({ built, rounds, size, report }, workload, present)
      const ran = { workload, job: workload.job(size), runs: outcome.runs }
      sessions.push(ran)
      failures.push(...outcome.failures)
      yield* say(`${tableText(tableOf(ran))}\n`)
    }
    const peer = built.withoutC === undefined ? "C" : `Node (${built.withoutC})`
    yield* conclude(config, { size, rounds, peer }, sessions, failures)
    for (const line of [...missingText(present), `the peer is written in ${peer}`, ...failureText(failures)])
      yield* say(line)
    process.exitCode = failures.length > 0 ? 1 : 0
  })

/** Writes the results: verdicts and a summary to stdout, the JSON file, and the charts. */
const conclude = (
  { charts, json }: Config,
  conditions: object,
  sessions: ReadonlyArray<Ran>,
  failures: ReadonlyArray<Failure>
) =>
  Effect.gen(function* () {
    const verdicts = judgeAll(sessions)
    const tables = sessions.map(tableOf)
    const runs = sessions.flatMap(session => session.runs)
    const date = new Date().toISOString()
    yield* say(`${verdictText(verdicts)}\n\n${summary(tables)}\n`)
    const all = { date, machine: machine(), ...conditions, tables, verdicts, failures, runs }
    yield* write(json, `${JSON.stringify(all, undefined, 2)}\n`)
    yield* draw(charts, tables, `${date.slice(0, 10)}, Node ${process.version}, loopback, medians of rounds`)
  })

const command = Command.make("bench", options, bench).pipe(
  Command.withDescription("Measures each workload with each contender and compares the results.")
)

const cli = Command.run(command, { name: "bench", version: "0", executable: "npm run bench --" })

run(Effect.provide(cli(process.argv), NodeContext.layer))
