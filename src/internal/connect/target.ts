/**
 * Where to connect or listen, as people write it. The types are public as part of `Network`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as SocketAddress from "../../SocketAddress.ts"
import * as SocketError from "../../SocketError.ts"
import type { Target } from "../address/index.ts"

/**
 * What can go wrong with a target itself: nothing with an address, a name that is not found, a text that is no address.
 *
 * @since 0.1.0
 * @category models
 */
export type TargetError<T extends Target> = T extends SocketAddress.Resolved
  ? never
  : T extends SocketAddress.HostPort
    ? SocketError.ResolveError
    : SocketError.AddressError | SocketError.ResolveError

/** Port 0 is no place to connect to. An address that was made as one is taken at its word: the system refuses it. */
export const reachable = (target: Target): Either.Either<SocketAddress.SocketAddress, SocketError.AddressError> =>
  SocketAddress.isSocketAddress(target)
    ? Either.right(target)
    : Either.filterOrLeft(
        SocketAddress.from(target),
        address => address._tag === "Unix" || address.port !== 0,
        () => new SocketError.AddressError({ reason: "InvalidPort", input: target, detail: freePortOnly })
      )

const freePortOnly = "port 0 only means a free port to listen on, give the port to connect to"

/** What `read` and the service fail with, less what the type of the target rules out. */
export const withAddress = <T extends Target, A, E, R>(
  target: T,
  read: (target: Target) => Either.Either<SocketAddress.SocketAddress, SocketError.AddressError>,
  use: (address: SocketAddress.SocketAddress) => Effect.Effect<A, E | SocketError.ResolveError, R>
): Effect.Effect<A, E | TargetError<T>, R> =>
  Effect.flatMap(
    Effect.suspend(() => read(target)),
    use
  ) as Effect.Effect<A, E | TargetError<T>, R>
