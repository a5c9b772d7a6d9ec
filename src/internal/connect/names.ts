/**
 * Looks up the addresses of a name and the name of an address. Handles IP literals, invalid names and duplicate
 * addresses, so that a driver does not have to.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as SocketAddress from "../../SocketAddress.ts"
import { ResolveError } from "../../SocketError.ts"
import { format, hostOf } from "../address/index.ts"
import type { Driver } from "./driver.ts"

type Family = SocketAddress.Inet["family"]

/**
 * Returns all addresses of a host as texts. Does not look up an IP literal, but returns it. If the name is invalid,
 * fails with reason `BadName` without a lookup.
 */
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

/**
 * Returns the addresses of a name, best first and without duplicates. With `family`, returns only addresses of that
 * family.
 */
export const lookup = (
  driver: Driver,
  target: SocketAddress.HostPort,
  family: Family | undefined
): Effect.Effect<Arr.NonEmptyReadonlyArray<SocketAddress.Inet>, ResolveError> =>
  Effect.flatMap(driver.resolve(target, family), all => {
    const known = Array.from(new Map(all.map(address => [format(address), address])).values())
    const wanted = family === undefined ? known : known.filter(address => address.family === family)
    return Arr.isNonEmptyReadonlyArray(wanted)
      ? Effect.succeed(wanted)
      : Effect.fail(new ResolveError({ reason: "NoData", host: target.host }))
  })

/** Returns the address to listen on. For a name, this is its first address. */
export const addressOf = (
  driver: Driver,
  target: SocketAddress.SocketAddress,
  family: Family | undefined
): Effect.Effect<SocketAddress.Resolved, ResolveError> =>
  target._tag === "HostPort" ? Effect.map(lookup(driver, target, family), Arr.headNonEmpty) : Effect.succeed(target)

/** Returns the name of an IP literal. If `host` is not an IP literal, fails with reason `BadName`. */
export const reverse = (driver: Driver, host: string): Effect.Effect<string, ResolveError> =>
  Either.match(SocketAddress.inet(host, 0), {
    onLeft: cause => Effect.fail(new ResolveError({ reason: "BadName", host, cause })),
    onRight: address => {
      const literal = hostOf(address)
      return driver.reverse?.(literal) ?? Effect.fail(new ResolveError({ reason: "NotFound", host: literal }))
    }
  })
