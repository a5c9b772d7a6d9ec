/**
 * Looks up names as the system does: with `getaddrinfo` and `getnameinfo` (the hosts file, then DNS), and in the
 * services database. The system may be slow, because lookups without an answer hold all threads, or because one family
 * has no answer. In that case, this file also reads the hosts file and asks the name servers itself, and uses the first
 * answer.
 *
 * @internal
 */
import * as dns from "node:dns"
import * as fs from "node:fs"
import * as os from "node:os"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import { ResolveError } from "../../SocketError.ts"
import { isLocalName, trustedInet } from "../address/index.ts"
import { type Driver, type PortName, parse, wellKnown } from "../connect/index.ts"
import { resolveReason } from "../error/index.ts"
import { errnoOf } from "./errno.ts"
import { addressesInHosts, namesInHosts, servicesFile } from "./etc.ts"
import { type Ask, Lookups, slow, threadsFor } from "./lookups.ts"
import { askForAddresses, askForNames } from "./nameServers.ts"

export const hostname: Driver["hostname"] = Effect.sync(() => os.hostname())

const failed = (host: string, cause: NodeJS.ErrnoException): Effect.Effect<never, ResolveError> => {
  const code = errnoOf(cause)
  return Effect.fail(new ResolveError({ reason: resolveReason(code), host, code, cause }))
}

/**
 * The addresses of `localhost` (RFC 6761). If a family is given, they are not looked up. If the hosts file has only one
 * family for `localhost`, the system would ask DNS for the other family. A slow DNS would then delay every connection
 * to `localhost`.
 */
const loopback = { IPv4: "127.0.0.1", IPv6: "::1" } as const

const localhost = "localhost"

/**
 * If `host` is a name under `localhost`, such as `app.localhost`, and the hosts file does not have that name, returns
 * `localhost`. Otherwise returns the name, and removes a final dot under `localhost`. Many systems would ask a name
 * server, which must not know a name under `localhost`.
 */
const known = (host: string): string => {
  if (host === localhost || !isLocalName(host)) return host
  const name = host.replace(/\.$/, "")
  return addressesInHosts(name).length === 0 ? localhost : name
}

export const resolve: Driver["resolve"] = (target, family) => {
  const host = known(target.host)
  return host === localhost && family !== undefined
    ? Effect.succeed(Arr.of(trustedInet(loopback[family], target.port)))
    : lookUp({ ...target, host }, family)
}

/**
 * All lookups of this library in this JavaScript thread. Other code that calls `dns.lookup` uses the same threads of
 * libuv.
 */
const lookups = new Lookups(threadsFor(process.env["UV_THREADPOOL_SIZE"]))

interface Question {
  /** Concurrent questions with the same key share one lookup of the system. */
  readonly key: string
  /** Asks the system. */
  readonly system: Ask
  /** Reads the hosts file. */
  readonly hosts: () => ReadonlyArray<string>
  /** Asks the name servers. */
  readonly nameServers: Effect.Effect<ReadonlyArray<string>>
}

/**
 * Returns the first answer to a question. Asks the system. If the question waits for a thread, reads the hosts file at
 * once. If the system is slow, reads the hosts file and, if it does not have the name, asks the name servers. Only the
 * answer of the system can be an error.
 */
const answerTo = ({ hosts, key, nameServers, system }: Question) => {
  const orElse = (found: ReadonlyArray<string>, other: Effect.Effect<ReadonlyArray<string>>) =>
    found.length > 0 ? Effect.succeed(found) : other
  const beside = Effect.suspend(() =>
    orElse(
      hosts(),
      Effect.flatMap(nameServers, found => orElse(found, Effect.never))
    )
  )
  const elsewhere = Effect.suspend(() =>
    orElse(lookups.isQueued(key) ? hosts() : [], Effect.delay(beside, lookups.isBlocked() ? 0 : slow))
  )
  // Interruptible, so that the loser ends even if the caller is uninterruptible.
  return Effect.raceFirst(Effect.interruptible(lookups.ask(key, system)), Effect.interruptible(elsewhere))
}

/**
 * Asks the system for both families in one lookup. So a name holds only one thread. If the hosts file has the name, the
 * system does not ask DNS.
 */
const lookUp: Driver["resolve"] = ({ host, port }, family) =>
  answerTo({
    key: host,
    system: answer =>
      dns.lookup(host, { all: true, verbatim: true }, (cause, found) =>
        answer(cause, cause === null ? found.map(one => one.address) : [])
      ),
    hosts: () => addressesInHosts(host),
    nameServers: askForAddresses(host, family)
  }).pipe(
    Effect.catchAll(cause => failed(host, cause)),
    Effect.flatMap(found => {
      const known = found.map(address => trustedInet(address, port))
      const addresses = known.filter(address => family === undefined || address.family === family)
      return Arr.isNonEmptyReadonlyArray(addresses)
        ? Effect.succeed(addresses)
        : Effect.fail(new ResolveError({ reason: "NoData", host }))
    })
  )

export const reverse: NonNullable<Driver["reverse"]> = host =>
  answerTo({
    key: `name of ${host}`,
    system: answer => dns.lookupService(host, 0, (cause, name) => answer(cause, cause === null ? [name] : [])),
    hosts: () => namesInHosts(host),
    nameServers: askForNames(host)
  }).pipe(
    Effect.catchAll(cause => failed(host, cause)),
    Effect.map(names => names[0] ?? host)
  )

export const services: NonNullable<Driver["services"]> = Effect.async<ReadonlyArray<PortName>>(resume => {
  fs.readFile(servicesFile, "utf8", (error, text) => resume(Effect.succeed(error === null ? parse(text) : wellKnown)))
})
