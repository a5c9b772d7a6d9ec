/**
 * The command `resolve`: the addresses of a name, or the name of an address.
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Network from "../../Network.ts"
import { json, teller, type Watching } from "../kit/event.ts"
import { hostOf, type LookupError, lookup, within } from "../kit/lookup.ts"
import * as networkOptions from "../kit/networkOptions.ts"
import * as optionValue from "../kit/optionValue.ts"
import { Output, type OutputError } from "../kit/output.ts"
import { failOnSignal } from "../kit/signal.ts"
import { bare, type Family } from "../kit/target.ts"

export interface Config extends Watching {
  /** Or an IP literal, which is asked for its name. */
  readonly name: string
  readonly family: Family | undefined
  readonly timeout: Duration.Duration
}

/** Prints a line for each address, best first, or the name. A name without addresses and an address without a name fail. */
export const resolve = (config: Config): Effect.Effect<void, LookupError | OutputError, Network.Network | Output> =>
  Effect.gen(function* () {
    const { detail } = yield* teller(config)
    const { print } = yield* Output
    const began = yield* Clock.currentTimeMillis
    const { event, lines } = yield* answer(config)
    const millis = (yield* Clock.currentTimeMillis) - began
    yield* detail(
      { event: "answered", name: config.name, millis },
      `resolve ${config.name}: answered after ${millis}ms`
    )
    yield* print(config.json ? `${json(event)}\n` : lines.map(line => `${line}\n`).join(""))
  })

const answer = ({ family, name, timeout }: Config) =>
  Effect.gen(function* () {
    const host = yield* hostOf(name, family)
    if (host._tag === "HostPort") {
      const addresses = yield* lookup(name, family, timeout)
      return { event: { event: "resolved", name, addresses }, lines: addresses }
    }
    const network = yield* Network.Network
    const address = bare(name)
    const found = yield* within(network.reverse(address), address, timeout)
    return { event: { event: "reversed", address, name: found }, lines: [found] }
  })

export const options = {
  timeout: optionValue.time({ name: "timeout", help: "For an answer: ms, s, m or h", fallback: "10s" }),
  ...networkOptions.shared
}

const name = Args.text({ name: "NAME" }).pipe(
  Args.withDescription("A name, or an IP address, which is asked for its name")
)

export const command = Command.make("resolve", { ...options, name }, words =>
  Effect.flatMap(networkOptions.read(words), config => failOnSignal(resolve(config)))
).pipe(Command.withDescription("The addresses of a name, a line each, best first. Of an IP address, its name."))
