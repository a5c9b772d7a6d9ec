/**
 * The command `hostinfo`: what this machine is called, and where it can be reached.
 */
import * as Command from "@effect/cli/Command"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Names from "../../Names.ts"
import * as Network from "../../Network.ts"
import { columns } from "../kit/columns.ts"
import { json, type Watching } from "../kit/event.ts"
import { lookup } from "../kit/lookup.ts"
import * as networkOptions from "../kit/networkOptions.ts"
import * as optionValue from "../kit/optionValue.ts"
import { Output, type OutputError } from "../kit/output.ts"
import { failOnSignal } from "../kit/signal.ts"
import type { Family } from "../kit/target.ts"

export interface Config extends Watching {
  /** Of the addresses that are shown. */
  readonly family: Family | undefined
  readonly timeout: Duration.Duration
}

/** Prints what there is; that something is not known, as the addresses of a name that has none, is said in its place. */
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
    const full = Effect.timeoutOption(Names.getfqdn(), timeout)
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
  ["descriptors", descriptors === undefined ? "not known" : `${descriptors.open} open of ${descriptors.limit}`]
]

export const options = {
  timeout: optionValue.time({
    name: "timeout",
    help: "For the answers of name servers: ms, s, m or h",
    fallback: "5s"
  }),
  ...networkOptions.shared
}

export const command = Command.make("hostinfo", options, words =>
  Effect.flatMap(networkOptions.read(words), config => failOnSignal(hostinfo(config)))
).pipe(
  Command.withDescription(
    "What this machine is called, the addresses that its name has and those of its interfaces, and how many descriptors " +
      "a process may have open."
  )
)
