/**
 * Names, as the system knows them: `getaddrinfo` and `getnameinfo` (the hosts file, then DNS), and the services
 * database. A lookup cannot be canceled. If its fiber is interrupted, the fiber ends at once, and the answer is dropped
 * when it arrives.
 *
 * @internal
 */
import * as dns from "node:dns"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type * as SocketAddress from "../../SocketAddress.ts"
import { ResolveError } from "../../SocketError.ts"
import { trustedInet } from "../address/index.ts"
import { type Driver, type PortName, parse, wellKnown } from "../connect/index.ts"
import { resolveReason } from "../error/index.ts"
import { errnoOf } from "./errno.ts"

export const hostname: Driver["hostname"] = Effect.sync(() => os.hostname())

const failed = (host: string, cause: NodeJS.ErrnoException): Effect.Effect<never, ResolveError> => {
  const code = errnoOf(cause)
  return Effect.fail(new ResolveError({ reason: resolveReason(code), host, code, cause }))
}

/**
 * What `localhost` always means (RFC 6761). If the hosts file has only one family for it, the system would ask DNS for
 * the other, and a slow DNS would delay every connection to `localhost`.
 */
const loopback = { IPv4: "127.0.0.1", IPv6: "::1" } as const

export const resolve: Driver["resolve"] = (target, family) =>
  target.host === "localhost" && family !== undefined
    ? Effect.succeed(Arr.of(trustedInet(loopback[family], target.port)))
    : lookUp(target, family)

const lookUp: Driver["resolve"] = ({ host, port }, family) =>
  Effect.async<Arr.NonEmptyReadonlyArray<SocketAddress.Inet>, ResolveError>(resume => {
    dns.lookup(host, { all: true, verbatim: true, family: family ?? 0 }, (cause, found) => {
      if (cause !== null) {
        resume(failed(host, cause))
        return
      }
      const addresses = Arr.dedupe(found.map(one => one.address)).map(address => trustedInet(address, port))
      resume(
        Arr.isNonEmptyReadonlyArray(addresses)
          ? Effect.succeed(addresses)
          : Effect.fail(new ResolveError({ reason: "NoData", host }))
      )
    })
  })

export const reverse: NonNullable<Driver["reverse"]> = host =>
  Effect.async<string, ResolveError>(resume => {
    dns.lookupService(host, 0, (cause, name) => resume(cause === null ? Effect.succeed(name) : failed(host, cause)))
  })

const database =
  process.platform === "win32"
    ? path.join(process.env["SystemRoot"] ?? "C:\\Windows", "System32", "drivers", "etc", "services")
    : "/etc/services"

export const services: NonNullable<Driver["services"]> = Effect.async<ReadonlyArray<PortName>>(resume => {
  fs.readFile(database, "utf8", (error, text) => resume(Effect.succeed(error === null ? parse(text) : wellKnown)))
})
