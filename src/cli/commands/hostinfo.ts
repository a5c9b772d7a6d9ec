/**
 * The command `hostinfo`: prints the names and the addresses of this machine.
 */
import * as Command from "@effect/cli/Command"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Names from "../../Names.ts"
import * as Network from "../../Network.ts"
import { columns } from "../kit/columns.ts"
import { type Definition, flat } from "../kit/definition.ts"
import { json, type Watching } from "../kit/event.ts"
import * as exitCode from "../kit/exitCode.ts"
import { lookup, within } from "../kit/lookup.ts"
import * as networkOptions from "../kit/networkOptions.ts"
import * as optionValue from "../kit/optionValue.ts"
import { Output, type OutputError } from "../kit/output.ts"
import { failOnSignal } from "../kit/signal.ts"
import type { Family } from "../kit/target.ts"

export interface Config extends Watching {
  /** The family of the addresses to show. Undefined for both families. */
  readonly family: Family | undefined
  /** Timeout for the answers of the name servers. */
  readonly timeout: Duration.Duration
}

/**
 * Prints the names and addresses of this machine, its network interfaces, and its number of open file descriptors. If
 * the lookup of the addresses fails, prints the reason instead of the addresses.
 */
export const hostinfo = (config: Config): Effect.Effect<void, OutputError, Network.Network | Output> =>
  Effect.gen(function* () {
    const info = yield* gather(config)
    const { print } = yield* Output
    yield* print(config.json ? `${json({ event: "hostinfo", ...info })}\n` : columns(rows(info)))
  })

type Info = Effect.Effect.Success<ReturnType<typeof gather>>

const gather = ({ family, timeout }: Config) =>
  Effect.gen(function* () {
    const network = yield* Network.Network
    const hostname = yield* network.hostname
    const full = Effect.option(within(Names.getfqdn(), hostname, timeout))
    const named = Effect.either(lookup(hostname, family, timeout))
    const [fqdn, addresses] = yield* Effect.all([full, named], { concurrency: 2 })
    const descriptors = yield* network.descriptors
    const interfaces = (yield* network.interfaces).map(({ addresses, index, name }) => ({
      name,
      index,
      addresses: addresses.filter(address => family === undefined || address.family === family)
    }))
    return {
      hostname,
      fqdn: Option.getOrElse(fqdn, () => hostname),
      addresses: Either.getOrElse(addresses, () => []),
      problem: Either.isLeft(addresses) ? addresses.left.message : undefined,
      descriptors: Option.getOrUndefined(descriptors),
      interfaces
    }
  })

const rows = ({ addresses, descriptors, fqdn, hostname, interfaces, problem }: Info) => [
  ["hostname", hostname],
  ["fqdn", fqdn],
  ["addresses", problem ?? addresses.join(", ")],
  ...interfaces.map(({ addresses, name }) => [
    name,
    addresses.map(({ host, prefix }) => `${host}/${prefix}`).join(", ") || "no address"
  ]),
  ["descriptors", descriptors === undefined ? "unknown" : `${descriptors.open} open, limit ${descriptors.limit}`]
]

const groups = {
  Lookup: {
    ...networkOptions.families,
    timeout: optionValue.time({ name: "timeout", help: "Timeout for the name servers", fallback: "5s" })
  },
  Output: networkOptions.dataMessages("No effect: there are no details to report")
}

export const definition: Definition = {
  summary: "Print the names, addresses, interfaces and open file descriptors of this machine.",
  operands: {},
  groups,
  examples: [
    ["Print all that is known", "effect-sockets hostinfo"],
    ["Print the same as one JSON object", "effect-sockets hostinfo --json"]
  ],
  exitCodes: exitCode.meanings({
    0: "Done, even if something is unknown",
    1: "Output error",
    ...exitCode.signalled
  })
}

export const command = Command.make("hostinfo", flat(groups), words =>
  Effect.flatMap(networkOptions.read(words), config => failOnSignal(hostinfo(config)))
).pipe(Command.withDescription(definition.summary))
