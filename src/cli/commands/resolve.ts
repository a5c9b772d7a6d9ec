/**
 * The command `resolve`: prints the addresses of a name, or the name of an address.
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Network from "../../Network.ts"
import { type Definition, flat } from "../kit/definition.ts"
import * as escape from "../kit/escape.ts"
import { json, teller, type Watching } from "../kit/event.ts"
import * as exitCode from "../kit/exitCode.ts"
import { hostOf, type LookupError, lookup, within } from "../kit/lookup.ts"
import * as networkOptions from "../kit/networkOptions.ts"
import * as optionValue from "../kit/optionValue.ts"
import { Output, type OutputError } from "../kit/output.ts"
import { failOnSignal } from "../kit/signal.ts"
import { bare, type Family } from "../kit/target.ts"
import { monotonic } from "../kit/timeout.ts"

export interface Config extends Watching {
  /** A name to look up, or an IP literal whose name is looked up. */
  readonly name: string
  /** The family of the addresses to print. Undefined for both families. */
  readonly family: Family | undefined
  /** Timeout for the answer. */
  readonly timeout: Duration.Duration
}

/**
 * If `name` is a name, prints its addresses, one per line and best first. If it is an IP address, prints the name of
 * the address. Fails if there is no answer.
 */
export const resolve = (config: Config): Effect.Effect<void, LookupError | OutputError, Network.Network | Output> =>
  Effect.gen(function* () {
    const { detail } = yield* teller(config)
    const { print } = yield* Output
    const began = yield* monotonic
    const { event, lines } = yield* answer(config)
    const millis = (yield* monotonic) - began
    yield* detail(
      { event: "answered", name: config.name, millis },
      `resolve ${config.name}: answered after ${millis}ms`
    )
    yield* print(config.json ? `${json(event)}\n` : lines.map(line => `${escape.line(line)}\n`).join(""))
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

const groups = {
  Lookup: {
    ...networkOptions.families,
    timeout: optionValue.time({ name: "timeout", help: "Timeout for the answer", fallback: "10s" })
  },
  Output: networkOptions.dataMessages("Report on stderr how long the answer took")
}

const operands = {
  name: Args.text({ name: "NAME" }).pipe(Args.withDescription("Name to look up, or IP address to find the name of"))
}

export const definition: Definition = {
  summary: "Print the addresses of a name, one per line and best first, or the name of an IP address.",
  operands,
  groups,
  examples: [
    ["Print the addresses of a name", "effect-sockets resolve localhost"],
    ["Print the name of an address", "effect-sockets resolve 127.0.0.1"]
  ],
  exitCodes: exitCode.meanings({
    0: "Found",
    1: "Not found, name server error, or output error",
    124: "--timeout passed",
    ...exitCode.signalled
  })
}

export const command = Command.make("resolve", { ...flat(groups), ...operands }, words =>
  Effect.flatMap(networkOptions.read(words), config => failOnSignal(resolve(config)))
).pipe(Command.withDescription(definition.summary))
