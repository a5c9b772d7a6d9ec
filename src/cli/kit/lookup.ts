/**
 * Looks up a host of a command line, with a timeout.
 */
import type * as Arr from "effect/Array"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Network from "../../Network.ts"
import * as SocketAddress from "../../SocketAddress.ts"
import { AddressError, type ResolveError } from "../../SocketError.ts"
import { SilenceError } from "./silence.ts"
import { bare, type Family, ofFamily } from "./target.ts"
import { timeoutFail } from "./timeout.ts"

/** Adds a timeout to a lookup, which has none itself. Fails with `SilenceError` when the timeout passes. */
export const within = <A, E, R>(
  asking: Effect.Effect<A, E, R>,
  host: string,
  timeout: Duration.Duration
): Effect.Effect<A, E | SilenceError, R> =>
  timeoutFail(
    asking,
    timeout,
    () => new SilenceError({ address: `resolve ${JSON.stringify(host)}`, what: "no answer", timeout })
  )

/**
 * Parses a name or an IP literal. An IPv6 literal may have brackets. Fails with `AddressError` if the text is wrong, is
 * a `unix:` path, or is a literal of another family than `family`.
 */
export const hostOf = (
  host: string,
  family: Family | undefined
): Effect.Effect<SocketAddress.Inet | SocketAddress.HostPort, AddressError> =>
  Effect.gen(function* () {
    if (host.startsWith("unix:")) {
      return yield* new AddressError({
        reason: "InvalidHost",
        input: host,
        detail: "use a name or an IP address, not a path"
      })
    }
    return yield* ofFamily(yield* SocketAddress.hostPort(bare(host), 0), host, family)
  })

/** Returns all addresses of a host, or those of the family, best first, as IP literals. */
export const lookup = (
  host: string,
  family: Family | undefined,
  timeout: Duration.Duration
): Effect.Effect<Arr.NonEmptyReadonlyArray<string>, LookupError, Network.Network> =>
  Effect.flatMap(hostOf(host, family), () => within(Network.resolve(bare(host), { family }), host, timeout))

export type LookupError = AddressError | ResolveError | SilenceError
