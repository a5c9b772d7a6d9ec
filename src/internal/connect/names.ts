/**
 * From a name to addresses, and from an address to a name, with what no network has to be asked for.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as SocketAddress from "../../SocketAddress.ts"
import { ResolveError } from "../../SocketError.ts"
import type { Driver } from "./driver.ts"

type Family = SocketAddress.Inet["family"]

/** The address alone, as a text that can be one again: a link-local one with its zone. */
export const hostOf = ({ host, zone }: SocketAddress.Inet): string => (zone === undefined ? host : `${host}%${zone}`)

/** All the addresses of a host as texts. A literal is its own address; a name that cannot be one is not looked up. */
export const resolve = (
  driver: Driver,
  host: string,
  family: Family | undefined
): Effect.Effect<Arr.NonEmptyReadonlyArray<string>, ResolveError> =>
  Either.match(SocketAddress.hostPort(host, 0), {
    onLeft: cause => Effect.fail(new ResolveError({ reason: "BadName", host, cause })),
    onRight: address =>
      address._tag === "HostPort"
        ? Effect.map(lookup(driver, address, family), Arr.map(hostOf))
        : family === undefined || family === address.family
          ? Effect.succeed(Arr.of(hostOf(address)))
          : Effect.fail(new ResolveError({ reason: "NoData", host }))
  })

/** Every address of a name, or those of one family, best first, each once. */
export const lookup = (
  driver: Driver,
  target: SocketAddress.HostPort,
  family: Family | undefined
): Effect.Effect<Arr.NonEmptyReadonlyArray<SocketAddress.Inet>, ResolveError> =>
  Effect.flatMap(driver.resolve(target, family), all => {
    const known = Arr.dedupe(all)
    const wanted = family === undefined ? known : known.filter(address => address.family === family)
    return Arr.isNonEmptyReadonlyArray(wanted)
      ? Effect.succeed(wanted)
      : Effect.fail(new ResolveError({ reason: "NoData", host: target.host }))
  })

/** Where to listen: a name's first address. */
export const addressOf = (
  driver: Driver,
  target: SocketAddress.SocketAddress,
  family: Family | undefined
): Effect.Effect<SocketAddress.Resolved, ResolveError> =>
  target._tag === "HostPort" ? Effect.map(lookup(driver, target, family), Arr.headNonEmpty) : Effect.succeed(target)

/** A text that is no address has no name. */
export const reverse = (driver: Driver, host: string): Effect.Effect<string, ResolveError> =>
  Either.match(SocketAddress.inet(host, 0), {
    onLeft: cause => Effect.fail(new ResolveError({ reason: "BadName", host, cause })),
    onRight: address => {
      const literal = hostOf(address)
      return driver.reverse?.(literal) ?? Effect.fail(new ResolveError({ reason: "NotFound", host: literal }))
    }
  })
