/**
 * Looks up names of hosts, services and network interfaces. The functions use the `Network` of the context. Most are
 * named after those of Python's `socket` module. To connect or listen, you do not need these functions:
 * `Network.connect` and `Network.listen` accept a name.
 *
 * An interruption ends a lookup at once. The operating system may continue the lookup in the background. If other
 * fibers look up the same name meanwhile, they get the answer of that lookup. Otherwise the answer is ignored. A lookup
 * has no timeout: use `Effect.timeout`.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { hostOf } from "./internal/address/index.ts"
import { protocols } from "./internal/connect/index.ts"
import * as Network from "./Network.ts"
import * as SocketAddress from "./SocketAddress.ts"
import { AddressError, ResolveError } from "./SocketError.ts"

/**
 * Returns all addresses of a host, each with the port, best first and without duplicates. The host is a name or an IP
 * literal. The port is a number, a text of digits, or the name of a service such as `"http"`.
 *
 * An invalid host or port fails with `AddressError`. An unknown host or service fails with `ResolveError` (`NotFound`).
 * With the option `family`, a literal of the other family fails with `AddressError` (`FamilyMismatch`). A name without
 * an address of that family fails with `ResolveError` (`NoData`). POSIX and Python: `getaddrinfo`, for stream sockets.
 *
 * @example
 * ```ts
 * import { Names } from "effect-sockets"
 *
 * // The addresses of the host, best first, each with port 80.
 * export const program = Names.getaddrinfo("server", "http")
 * ```
 *
 * @since 0.1.0
 * @category names
 */
export const getaddrinfo = (
  host: string,
  port: number | string,
  options?: Network.ResolveOptions
): Effect.Effect<Arr.NonEmptyReadonlyArray<SocketAddress.Inet>, AddressError | ResolveError, Network.Network> =>
  Effect.gen(function* () {
    const number = typeof port === "string" && !/^\d+$/.test(port) ? yield* getservbyname(port) : Number(port)
    const target = yield* SocketAddress.hostPort(host, number)
    if (target._tag === "HostPort") {
      const network = yield* Network.Network
      return yield* network.lookup(target, options)
    }
    if (options?.family !== undefined && options.family !== target.family) {
      const detail = `this is an ${target.family} address, but ${options.family} was requested`
      return yield* new AddressError({ reason: "FamilyMismatch", input: host, detail })
    }
    return Arr.of(target)
  })

/**
 * Returns the first IPv4 address of a name. For an IPv4 literal, returns that literal. For IPv6, use `getaddrinfo`.
 * Python: `gethostbyname`, but here `""` and `127.1` are invalid.
 *
 * @since 0.1.0
 * @category names
 */
export const gethostbyname = (host: string): Effect.Effect<string, AddressError | ResolveError, Network.Network> =>
  Effect.map(getaddrinfo(host, 0, { family: "IPv4" }), addresses => addresses[0].host)

/**
 * Returns the name of an address and the name of its port. For an address without a name, `host` is the IP literal. For
 * a port without a name, `service` is the number in digits. If the name of the address cannot be looked up for another
 * reason, fails with `ResolveError`. If you need only numbers, use `address.host` and `address.port`. POSIX and Python:
 * `getnameinfo`.
 *
 * @since 0.1.0
 * @category names
 */
export const getnameinfo = (
  address: SocketAddress.Inet
): Effect.Effect<{ readonly host: string; readonly service: string }, ResolveError, Network.Network> =>
  Effect.gen(function* () {
    const network = yield* Network.Network
    const literal = hostOf(address)
    const host = yield* Effect.catchIf(network.reverse(literal), isNone, () => Effect.succeed(literal))
    const service = yield* Effect.catchAll(getservbyport(address.port), () => Effect.succeed(`${address.port}`))
    return { host, service }
  })

const isNone = (error: ResolveError): boolean => error.reason === "NotFound" || error.reason === "NoData"

/**
 * Returns the full name of a host: the name of its first address. If that address has no name, or a lookup fails,
 * returns the name unchanged. Never fails. Default, also for `""`, `0.0.0.0` and `::`: the name of this machine.
 * Python: `getfqdn`.
 *
 * @since 0.1.0
 * @category names
 */
export const getfqdn = (host?: string): Effect.Effect<string, never, Network.Network> =>
  Effect.gen(function* () {
    const network = yield* Network.Network
    const name = host === undefined || isAnywhere(host) ? yield* network.hostname : host
    const full = Effect.flatMap(network.resolve(name), hosts => network.reverse(hosts[0]))
    return yield* Effect.orElseSucceed(full, () => name)
  })

/** True if Python's `getfqdn` replaces the host by the name of this machine. */
const isAnywhere = (host: string): boolean => host === "" || host === "0.0.0.0" || host === "::"

/**
 * Returns the port of a service, by its name or an alias. An unknown name fails with `ResolveError` (`NotFound`).
 * `NodeNetwork` uses the services database of the operating system. If the database cannot be read, and on a simulated
 * network, a built-in list of well-known ports is used. POSIX and Python: `getservbyname`.
 *
 * @since 0.1.0
 * @category services
 */
export const getservbyname = (
  name: string,
  protocol: "tcp" | "udp" = "tcp"
): Effect.Effect<number, ResolveError, Network.Network> =>
  Effect.map(
    service(`${name}/${protocol}`, one => one.protocol === protocol && [one.name, ...one.aliases].includes(name)),
    one => one.port
  )

/**
 * Returns the name of the service on a port. A port without a name fails with `ResolveError` (`NotFound`). A number
 * that is not a port fails with `AddressError`. POSIX and Python: `getservbyport`.
 *
 * @since 0.1.0
 * @category services
 */
export const getservbyport = (
  port: number,
  protocol: "tcp" | "udp" = "tcp"
): Effect.Effect<string, AddressError | ResolveError, Network.Network> =>
  Effect.flatMap(SocketAddress.inet("0.0.0.0", port), () =>
    Effect.map(
      service(`${port}/${protocol}`, one => one.protocol === protocol && one.port === port),
      one => one.name
    )
  )

/**
 * Returns the number of an IP protocol, such as 6 for `"tcp"`, by its name or an alias. An unknown name fails with
 * `ResolveError` (`NotFound`). The names and numbers are built in. POSIX and Python: `getprotobyname`.
 *
 * @since 0.1.0
 * @category services
 */
export const getprotobyname = (name: string): Effect.Effect<number, ResolveError> =>
  Either.fromNullable(protocols.get(name), () => new ResolveError({ reason: "NotFound", host: name }))

/**
 * True if a listener on `[::]` accepts IPv4 too. To find out, listens on a free port of `[::]` for a moment, and connects
 * to it over IPv4. Python: `has_dualstack_ipv6`.
 *
 * @since 0.1.0
 * @category services
 */
export const hasDualstackIpv6: Effect.Effect<boolean, never, Network.Network> = Effect.scoped(
  Effect.isSuccess(
    Effect.flatMap(Network.listen("[::]:0"), ({ address }) =>
      Network.connect({ host: "127.0.0.1", port: address._tag === "Unix" ? 0 : address.port }, { timeout: "1 second" })
    )
  )
)

const service = (
  asked: string,
  is: (one: Network.PortName) => boolean
): Effect.Effect<Network.PortName, ResolveError, Network.Network> =>
  Effect.flatMap(Network.Network, network =>
    Effect.flatMap(network.services, known =>
      Either.fromNullable(known.find(is), () => new ResolveError({ reason: "NotFound", host: asked }))
    )
  )

/**
 * Returns the network interfaces of this machine with their addresses, in the order of their numbers. On Linux, the
 * list includes interfaces without an address. On a simulated network, it is empty. Python: `if_nameindex`,
 * `if_nametoindex` and `if_indextoname`.
 *
 * @since 0.1.0
 * @category interfaces
 */
export const interfaces: Effect.Effect<ReadonlyArray<Network.Interface>, never, Network.Network> = Effect.flatMap(
  Network.Network,
  network => network.interfaces
)
