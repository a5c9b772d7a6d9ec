/**
 * `npm run soak -- --seconds 120`: our clients and servers against every hostile peer and some that behave, for as long
 * as you like; then whether anything grows with time. Exit 0 if nothing does and all came as it must, else 1.
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
    Options.withDescription(`${help} (${fallback})`),
    Options.withDefault(fallback),
    Options.filterMap(value => (value > 0 ? Option.some(value) : Option.none()), `--${name} is more than 0`)
  )

const options = {
  seconds: positive("seconds", 60, "How long it lasts"),
  every: positive("every", 5, "Seconds from one sample to the next"),
  seed: Options.integer("seed").pipe(
    Options.withDescription("To draw the same rounds again (by the clock)"),
    Options.withDefault(Date.now() % 1_000_000)
  ),
  lanes: Options.integer("lanes").pipe(
    Options.withDescription("How many rounds run at once (8)"),
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
).pipe(Command.withDescription("Meets hostile peers for some time, and says whether anything grows."))

const cli = Command.run(command, { name: "soak", version: "0", executable: "npm run soak --" })

const layers = Layer.mergeAll(NodeContext.layer, NodeNetwork.layer, signal.layer)

run(Effect.provide(cli(process.argv), layers))
