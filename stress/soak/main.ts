/**
 * `npm run soak -- --seconds 120` runs clients and servers of the library against hostile peers and some well-behaved
 * ones for the given time. Then it reports whether a figure of the process grows with time. The exit code is 0 if none
 * grows and every round had its expected outcome, otherwise 1. A usage error is 2.
 */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as signal from "../../src/cli/kit/signal.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import { run } from "../../tools/run.ts"
import { soak } from "./soak.ts"

const positive = (name: string, fallback: number, help: string) =>
  Options.float(name).pipe(
    Options.withDescription(`${help} (default: ${fallback})`),
    Options.withDefault(fallback),
    Options.filterMap(value => (value > 0 ? Option.some(value) : Option.none()), `--${name} must be more than 0`)
  )

const options = {
  seconds: positive("seconds", 60, "Duration of the soak in seconds"),
  every: positive("every", 5, "Seconds between two samples"),
  seed: Options.integer("seed").pipe(
    Options.withDescription("Seed from which the rounds are drawn (default: from the clock)"),
    Options.withDefault(Date.now() % 1_000_000)
  ),
  lanes: Options.integer("lanes").pipe(
    Options.withDescription("Number of rounds that run at once (default: 8)"),
    Options.withDefault(8)
  )
}

const leave = (isGood: boolean) =>
  Effect.sync(() => {
    process.exitCode = isGood ? 0 : 1
  })

const command = Command.make("soak", options, config =>
  Effect.flatMap(
    Effect.flatMap(signal.Signals, ({ next }) => soak(config, next)),
    leave
  )
).pipe(
  Command.withDescription(
    "Runs against hostile peers for some time and reports whether memory, descriptors or fibers grow."
  )
)

const cli = Command.run(command, { name: "soak", version: "0", executable: "npm run soak --" })

const layers = Layer.mergeAll(NodeContext.layer, NodeNetwork.layer, signal.layer)

run(Effect.provide(cli(process.argv), layers))
