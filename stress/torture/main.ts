/**
 * `npm run torture` puts the server under each load and prints a table of the results. The exit code is 0 if all rows
 * hold, 1 if one does not, and 2 for a usage error.
 */
import * as os from "node:os"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { descriptors } from "../../src/internal/node/descriptors.ts"
import { run } from "../../tools/run.ts"
import { type Load, loads } from "./loads.ts"
import * as row from "./row.ts"
import * as table from "./table.ts"

const names: ReadonlyArray<string> = loads.map(({ name }) => name)

const options = {
  only: Options.text("only").pipe(
    Options.withDescription("The loads to run, separated by commas (default: all)"),
    Options.map(text => text.split(",")),
    Options.filterMap(
      only => (only.every(name => names.includes(name)) ? Option.some(only) : Option.none()),
      `--only must be a comma-separated list of: ${names.join(", ")}`
    ),
    Options.withDefault(names)
  ),
  scale: Options.float("scale").pipe(
    Options.withDescription("The part of each load to run, at most 1 (default: 1)"),
    Options.withDefault(1),
    Options.filterMap(
      it => (it > 0 && it <= 1 ? Option.some(it) : Option.none()),
      "--scale must be more than 0 and at most 1"
    )
  )
}

const say = (line: string) => Effect.sync(() => void process.stdout.write(`${line}\n`))

/** The timeout of each row, and that of the whole run, in milliseconds. */
const longest = { row: 60_000, all: 240_000 }

/** The descriptors that a process needs besides those of its connections. */
const ownDescriptors = 100

/** Returns how many connections the load makes, and the title of its row. */
const sized = ({ count, descriptors, title }: Load, scale: number, limit: number) => {
  // A load that exhausts the descriptors of the server is not scaled: it needs more connections than descriptors.
  const wanted = descriptors === undefined ? Math.max(1, Math.round(count * scale)) : count
  const possible = Math.max(1, Math.min(wanted, limit - ownDescriptors))
  const cut = possible < wanted ? ` (not ${wanted}: ulimit -n is ${limit})` : ""
  return { count: possible, title: `${title(possible)}${cut}` }
}

const torture = ({ only, scale }: { readonly only: ReadonlyArray<string>; readonly scale: number }) =>
  Effect.gen(function* () {
    const began = performance.now()
    const limit = Option.match(yield* descriptors, { onNone: () => 1024, onSome: it => it.limit })
    const [load = 0] = os.loadavg()
    yield* say(
      `${new Date().toISOString()}, Node ${process.version}, ${os.cpus().length} CPUs, load ${load.toFixed(2)}`
    )
    yield* say(`ulimit -n ${limit}; timeout of an answer ${row.prompt} ms; scale ${scale}\n\n${table.header}`)
    const shared = yield* row.victim()
    let failed = 0
    for (const load of loads.filter(({ name }) => only.includes(name))) {
      const { count, title } = sized(load, scale, limit)
      const victim = load.descriptors === undefined ? Effect.succeed(shared) : row.victim(load.descriptors)
      const left = Math.max(1, Math.min(longest.row, longest.all - (performance.now() - began)))
      const ran = yield* Effect.flatMap(victim, it => row.run(it, load, count, title)).pipe(
        Effect.scoped,
        Effect.timeoutFail({ duration: left, onTimeout: () => `the load did not end within ${left.toFixed(0)} ms` }),
        Effect.either
      )
      if (ran._tag === "Left" || ran.right.broken.length > 0) failed += 1
      yield* say(ran._tag === "Left" ? `| ${title} | no: ${ran.left} |` : table.lineOf(load, count, ran.right))
    }
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    yield* say(`\nverdict: ${failed === 0 ? "all rows hold" : `rows that do not hold: ${failed}`}, ${seconds} s`)
    process.exitCode = failed === 0 ? 0 : 1
  }).pipe(Effect.scoped)

const command = Command.make("torture", options, torture).pipe(
  Command.withDescription("Puts the server under heavy loads and reports whether it survives them.")
)

const cli = Command.run(command, { name: "torture", version: "0", executable: "npm run torture --" })

run(Effect.provide(cli(process.argv), NodeContext.layer))
