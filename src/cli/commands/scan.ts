/**
 * The command `scan`: finds the open ports of a machine.
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Network from "../../Network.ts"
import * as SocketAddress from "../../SocketAddress.ts"
import type * as SocketError from "../../SocketError.ts"
import { type Definition, flat } from "../kit/definition.ts"
import { json, teller, type Watching } from "../kit/event.ts"
import * as exitCode from "../kit/exitCode.ts"
import * as findings from "../kit/findings.ts"
import { type LookupError, lookup } from "../kit/lookup.ts"
import * as networkOptions from "../kit/networkOptions.ts"
import { onAttempt } from "../kit/opening.ts"
import * as optionValue from "../kit/optionValue.ts"
import { Output, type OutputError } from "../kit/output.ts"
import { loopback } from "../kit/place.ts"
import { plural } from "../kit/plural.ts"
import * as ports from "../kit/ports.ts"
import type { Finding } from "../kit/probe.ts"
import { probeAll } from "../kit/probing.ts"
import * as progress from "../kit/progress.ts"
import { shown } from "../kit/showing.ts"
import { failOnSignal } from "../kit/signal.ts"
import type { Family } from "../kit/target.ts"

export interface Config extends Watching {
  /** The host to scan. For a name, its first address is scanned. Default: the loopback address. */
  readonly host: Option.Option<string>
  /** The ports to try, in ascending order. */
  readonly ports: ReadonlyArray<number>
  /** The family of the address to scan. Undefined for either family. */
  readonly family: Family | undefined
  /** Timeout for connecting to a port. The wait for the first line of the port has the same timeout. */
  readonly timeout: Duration.Duration
  /** The most ports to try at the same time. */
  readonly concurrency: number
  /** True to wait for the first line that a port sends. */
  readonly banner: boolean
}

/** Timeout for the lookup of HOST. */
const lookupLimit = Duration.seconds(10)

/**
 * Tries to connect to all ports, then prints the findings. Fails if a port could not be tried, for example because no
 * file descriptors or local ports were left. Such a port is reported as `unknown`.
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
      const text = `too few descriptors or local ports to try ${config.concurrency} ports at a time; reduced to ${left}`
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

/** Returns the line that shows the progress of the scan. */
const line = (found: ReadonlyArray<Finding>, all: number, millis: number): string =>
  `${found.length} of ${plural(all, "port")} tried, ${findings.counts(found).open} open, ${progress.clock(millis)}`

const asText = (found: ReadonlyArray<Finding>, host: string, address: string, services: findings.Services): string => {
  const where = host === address ? address : `${host} (${address})`
  return `${where}: ${findings.summary(found)}\n${findings.table(found, services)}`
}

/** Returns one JSON object per port, and one for the whole scan. */
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

const groups = {
  Scanning: {
    ...networkOptions.families,
    timeout: optionValue.time({
      name: "timeout",
      help: "Timeout for connecting to each port, and again for its banner",
      fallback: "2s"
    }),
    banner: networkOptions.flag("banner", "Show the first line that each open port sends by itself"),
    concurrency: optionValue.count({
      name: "concurrency",
      help: "Try this many ports at a time, or fewer if descriptors or local ports run out",
      fallback: "100"
    })
  },
  Output: networkOptions.dataMessages("Report each attempt to connect on stderr, with its time")
}

/**
 * The arguments HOST and PORTS. HOST comes first and is optional. `@effect/cli` does not support an optional argument
 * before a required one. So this is one argument of one or two words.
 */
const operands = Args.text({ name: "[HOST] PORTS" }).pipe(
  Args.withDescription(
    "Name or IP address (default: the loopback address), and ports and ranges such as 22,80,8000-8100"
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

export const definition: Definition = {
  summary: "Find the open TCP ports of a machine that you are allowed to scan.",
  operands: { operands },
  groups,
  glossary: {
    title: "Port states",
    rows: [
      ["open", "The port accepted the connection"],
      ["closed", "The port refused the connection"],
      ["filtered", "There was no answer in time, or the machine cannot be reached, or a firewall forbids it"],
      ["unknown", "The port could not be tried, for example because file descriptors ran out"]
    ]
  },
  examples: [
    ["Scan this machine", "effect-sockets scan 22,80,8000-8100"],
    ["Show what the open ports send", "effect-sockets scan localhost 1-1024 --banner"],
    ["Print one JSON object per port", "effect-sockets scan localhost 1-1024 --json"]
  ],
  exitCodes: exitCode.meanings({
    0: "Every port was tried",
    1: "HOST was not resolved, a port could not be tried, or output error",
    124: `HOST was not resolved within ${Duration.format(lookupLimit)}`,
    ...exitCode.signalled
  })
}

export const command = Command.make("scan", { ...flat(groups), operands }, ({ operands, ...words }) =>
  Effect.flatMap(networkOptions.read(words), config => failOnSignal(scan({ ...config, ...operands })))
).pipe(Command.withDescription(definition.summary))
