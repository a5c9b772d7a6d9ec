/**
 * Listens on every address of the HOST of a command that this machine has, and reports the addresses on stderr.
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type * as Listener from "../../Listener.ts"
import * as Network from "../../Network.ts"
import * as SocketAddress from "../../SocketAddress.ts"
import type { AddressError, ListenError, ResolveError } from "../../SocketError.ts"
import type { TlsConfigError } from "../../Tls.ts"
import { teller } from "./event.ts"
import type { Listening } from "./networkOptions.ts"
import type { Output } from "./output.ts"
import { secureListener } from "./securing.ts"
import { target } from "./target.ts"

/** One listener. For a name: one for each of its addresses that belong to this machine. */
export type Listeners = Arr.NonEmptyReadonlyArray<Listener.Listener>

/** The errors of `listen`. */
export type ListeningError = AddressError | ResolveError | ListenError | TlsConfigError

/**
 * Listens on HOST and PORT, and reports each address. A name such as `localhost` may have addresses of both families.
 * Then there is one listener for each address, all with the same port. An address that this machine does not have is
 * left out, but if it has none of them, `listen` fails. If a killed server has left the file of a Unix path behind, the
 * file is replaced. With `-6`, the address `::` accepts IPv6 only. With TLS, the listeners accept a client after its
 * handshake.
 */
export const listen = (
  config: Listening,
  options?: Network.ListenOptions
): Effect.Effect<Listeners, ListeningError, Network.Network | Output | Scope.Scope> =>
  Effect.gen(function* () {
    const { family, serverTls } = config
    const told = yield* teller(config)
    const addresses = yield* addressesOf(yield* target(config, 0), family)
    const listeners = yield* listenOnAll(addresses, { removeStale: true, ipv6Only: family === "IPv6", ...options })
    const secured = yield* Effect.forEach(listeners, listener =>
      secureListener(told, serverTls, options?.onFailure, listener)
    )
    for (const { address } of secured) {
      const where = SocketAddress.format(address)
      yield* told.tell({ event: "listening", address: where }, `listening on ${where}`)
    }
    return secured
  })

type Addresses = Arr.NonEmptyReadonlyArray<SocketAddress.Resolved>

const addressesOf = (
  address: SocketAddress.SocketAddress,
  family: Listening["family"]
): Effect.Effect<Addresses, ResolveError, Network.Network> =>
  address._tag === "HostPort"
    ? Effect.map(
        Network.resolve(address.host, { family }),
        Arr.map(host => SocketAddress.unsafeInet(host, address.port))
      )
    : Effect.succeed(Arr.of(address))

/** The most retries to find a port that is free on every address. */
const mostRetries = 5

const listenOnAll = (
  addresses: Addresses,
  options: Network.ListenOptions
): Effect.Effect<Listeners, ListenError, Network.Network | Scope.Scope> => {
  const asked = addresses[0]
  const isAnyPort = asked._tag === "Inet" && asked.port === 0 && addresses.length > 1
  return Effect.retry(orNone(listenOnEach(addresses, options)), {
    while: error => isAnyPort && error.reason === "AddressInUse",
    times: mostRetries
  })
}

/**
 * Opens listeners with the effect `listening`. If the effect fails, closes the listeners that it has opened. Otherwise
 * they stay open until the Scope closes.
 */
const orNone = <A, E, R>(listening: Effect.Effect<A, E, R | Scope.Scope>) =>
  Effect.uninterruptibleMask(restore =>
    Effect.gen(function* () {
      const own = yield* Scope.make()
      const listened = yield* Effect.onError(restore(Scope.extend(listening, own)), cause =>
        Scope.close(own, Exit.failCause(cause))
      )
      yield* Effect.addFinalizer(exit => Scope.close(own, exit))
      return listened
    })
  )

const isMissing = ({ reason }: ListenError): boolean => reason === "AddressNotAvailable" || reason === "Unsupported"

/** Listens on the addresses, one after another. All listeners have the port of the first listener. */
const listenOnEach = (addresses: Addresses, options: Network.ListenOptions) =>
  Effect.gen(function* () {
    const listeners: Array<Listener.Listener> = []
    let missing: ListenError | undefined
    for (const address of addresses) {
      const bound = listeners[0]?.address
      const next =
        address._tag === "Inet" && bound?._tag === "Inet"
          ? SocketAddress.unsafeInet(hostOf(address), bound.port)
          : address
      const listened = yield* Effect.either(Network.listen(next, options))
      if (Either.isRight(listened)) listeners.push(listened.right)
      else if (isMissing(listened.left)) missing ??= listened.left
      else return yield* listened.left
    }
    return Arr.isNonEmptyReadonlyArray(listeners) ? listeners : yield* missing!
  })

const hostOf = ({ host, zone }: SocketAddress.Inet): string => (zone === undefined ? host : `${host}%${zone}`)
