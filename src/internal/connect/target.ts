/**
 * Reads the target of `connect` and the address of `listen`, which callers may write as an address, a text or `{ host,
 * port }`. The types are public as part of `Network`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as SocketAddress from "../../SocketAddress.ts"
import * as SocketError from "../../SocketError.ts"
import type { Target } from "../address/index.ts"

/**
 * The errors of reading and resolving a target of type `T`. For a resolved address (`Inet` or `Unix`), there is no
 * error. For a `HostPort`, the error is a `ResolveError`. For a text or `{ host, port }`, the error is an
 * `AddressError` or a `ResolveError`.
 *
 * @since 0.1.0
 * @category models
 */
export type TargetError<T extends Target> = T extends SocketAddress.Resolved
  ? never
  : T extends SocketAddress.HostPort
    ? SocketError.ResolveError
    : SocketError.AddressError | SocketError.ResolveError

/**
 * Reads the target of a connect. If a text or `{ host, port }` has port 0, fails with reason `InvalidPort`. A
 * `SocketAddress` with port 0 is passed on, and the operating system refuses to connect to it.
 */
export const reachable = (target: Target): Either.Either<SocketAddress.SocketAddress, SocketError.AddressError> =>
  SocketAddress.isSocketAddress(target)
    ? Either.right(target)
    : Either.filterOrLeft(
        SocketAddress.from(target),
        address => address._tag === "Unix" || address.port !== 0,
        () => new SocketError.AddressError({ reason: "InvalidPort", input: target, detail: freePortOnly })
      )

const freePortOnly = "port 0 is only for listening (any free port); give the port to connect to"

/**
 * Reads the target, then calls `use` with its address. The cast removes the errors that cannot occur for a target of
 * this type.
 */
export const withAddress = <T extends Target, A, E, R>(
  target: T,
  read: (target: Target) => Either.Either<SocketAddress.SocketAddress, SocketError.AddressError>,
  use: (address: SocketAddress.SocketAddress) => Effect.Effect<A, E | SocketError.ResolveError, R>
): Effect.Effect<A, E | TargetError<T>, R> =>
  Effect.flatMap(
    Effect.suspend(() => read(target)),
    use
  ) as Effect.Effect<A, E | TargetError<T>, R>
