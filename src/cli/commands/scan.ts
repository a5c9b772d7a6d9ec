/**
 * The command `scan`: which ports of a machine are open.
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Network from "../../Network.ts"
import * as SocketAddress from "../../SocketAddress.ts"
import type * as SocketError from "../../SocketError.ts"
import { json, teller, type Watching } from "../kit/event.ts"
import * as findings from "../kit/findings.ts"
import { type LookupError, lookup } from "../kit/lookup.ts"
import * as networkOptions from "../kit/networkOptions.ts"
import { onAttempt } from "../kit/opening.ts"
import * as optionValue from "../kit/optionValue.ts"
import { Output, type OutputError } from "../kit/output.ts"
import { loopback } from "../kit/place.ts"
import * as ports from "../kit/ports.ts"
import type { Finding } from "../kit/probe.ts"
import { probeAll } from "../kit/probing.ts"
import * as progress from "../kit/progress.ts"
import { shown } from "../kit/showing.ts"
import { failOnSignal } from "../kit/signal.ts"
import type { Family } from "../kit/target.ts"

export interface Config extends Watching {
  /** The loopback where it is left out. Of a name, its first address. */
  readonly host: Option.Option<string>
  /** From the lowest to the highest. */
  readonly ports: ReadonlyArray<number>
  readonly family: Family | undefined
  /** To connect to a port, and again for its banner. */
  readonly timeout: Duration.Duration
  readonly concurrency: number
  readonly banner: boolean
}

const lookupLimit = Duration.seconds(10)

/**
 * Prints what was found when all has been. Fails if a port could not be tried, for want of descriptors for one: that
 * says nothing of the port.
 */
export const scan = (
  config: Config
): Effect.Effect<void, LookupError | SocketError.ConnectError | OutputError, Network.Network | Output> =>
  Effect.gen(function* () {
    const host = Option.getOrElse(config.host, () => loopback(config.family))
    const [address] = yield* lookup(host, config.family, lookupLimit)
    const addresses = yield* Either.all(config.ports.map(port => SocketAddress.inet(address, port)))
    const { detail } = yield* teller(config)
    const services = yield* tcpServices
    const found: Array<Finding> = []
    const options = { timeout: config.timeout, banner: config.banner, onAttempt: yield* onAttempt(config) }
    const scanning = probeAll(addresses, config.concurrency, options, found)
    const left = yield* shown(scanning, millis => line(found, addresses.length, millis))
    if (left < Math.min(config.concurrency, addresses.length)) {
      const text = `too many open files for ${config.concurrency} ports at a time: in the end there were ${left}`
      yield* detail({ event: "fewer", asked: config.concurrency, concurrency: left }, text)
    }
    found.sort((a, b) => a.address.port - b.address.port)
    const { print } = yield* Output
    yield* print(config.json ? asJson(found, host, address, services) : asText(found, host, address, services))
    const unknown = found.find(({ state }) => state === "unknown")
    if (unknown?.error !== undefined) return yield* unknown.error
  })

const tcpServices = Effect.gen(function* () {
  const { services } = yield* Network.Network
  const tcp = (yield* services).filter(({ protocol }) => protocol === "tcp")
  return new Map(tcp.map(({ name, port }) => [port, name]))
})

/** How far it has come. */
const line = (found: ReadonlyArray<Finding>, all: number, millis: number): string =>
  `${found.length} of ${all} ports, ${findings.counts(found).open} open, ${progress.clock(millis)}`

const asText = (found: ReadonlyArray<Finding>, host: string, address: string, services: findings.Services): string => {
  const where = host === address ? address : `${host} (${address})`
  return `${where}: ${findings.summary(found)}\n${findings.table(found, services)}`
}

/** An object for each port, and one of the whole. */
const asJson = (found: ReadonlyArray<Finding>, host: string, address: string, services: findings.Services): string => {
  const ports = found.map(finding => {
    const { address: at, banner, error, millis, state } = finding
    const { code, reason } = error ?? {}
    const where = SocketAddress.format(at)
    return {
      event: "port",
      address: where,
      port: at.port,
      state,
      service: services.get(at.port),
      reason,
      code,
      banner,
      millis
    }
  })
  const whole = { event: "scanned", host, address, ...findings.counts(found) }
  return [...ports, whole].map(event => `${json(event)}\n`).join("")
}

export const options = {
  banner: Options.boolean("banner").pipe(
    Options.withDescription("Of each open port, the first line that it says without being asked")
  ),
  concurrency: optionValue.count({
    name: "concurrency",
    help: "How many ports at a time; fewer where there are too few descriptors",
    fallback: "100"
  }),
  timeout: optionValue.time({
    name: "timeout",
    help: "For each port: to connect, and again for its banner: ms, s, m or h",
    fallback: "2s"
  }),
  ...networkOptions.shared
}

/** The first of two words may be left out. */
const operands = Args.text({ name: "[HOST] PORTS" }).pipe(
  Args.withDescription(
    "HOST is a name or an IP address, the loopback if left out; PORTS are ports and ranges, as in 22,80,8000-8100"
  ),
  Args.between(1, 2),
  Args.mapEffect(words => {
    const [host, list = ""] = words.length === 1 ? [undefined, words[0]] : words
    return Either.mapBoth(ports.parsePorts(list), {
      onLeft: problem => HelpDoc.p(`PORTS ${JSON.stringify(list)}: ${problem}`),
      onRight: ports => ({ host: Option.fromNullable(host), ports })
    })
  })
)

export const command = Command.make("scan", { ...options, operands }, ({ operands, ...words }) =>
  Effect.flatMap(networkOptions.read(words), config => failOnSignal(scan({ ...config, ...operands })))
).pipe(
  Command.withDescription(
    "Which TCP ports of a machine are open: to see what one's own machines offer, and to whom. Others may take it for an " +
      "attack: ask first. It connects to each port and ends. Refused is closed; no answer in time, or none that gets " +
      "through, is filtered; a port that could not be tried, as when descriptors run out, is unknown, and exit 1."
  )
)
