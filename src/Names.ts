/**
 * The names of hosts, ports and interfaces, as Python's `socket` has them, asked of whatever `Network` there is. To
 * connect and to listen none of them is needed: `Network.connect` takes a name.
 *
 * A lookup that is interrupted frees its fiber at once; the system's thread may be at it for longer, and its answer is
 * ignored. None has a limit of its own: put `Effect.timeout` around it.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { hostOf } from "./internal/connect/index.ts"
import * as Network from "./Network.ts"
import * as SocketAddress from "./SocketAddress.ts"
import { AddressError, ResolveError } from "./SocketError.ts"

/**
 * Every address of a host and a port, best first, each once. The host is a name or an IP literal, the port a number, its
 * digits, or a service's name (`"http"`). A literal of another family than is asked for is an `AddressError` (`FamilyMismatch`),
 * a name without addresses of it a `ResolveError` (`NoData` or `NotFound`). POSIX and Python `getaddrinfo`, for streams.
 *
 * @example
 * ```ts
 * import { Names } from "effect-sockets"
 *
 * // Its addresses, best first, each with port 80.
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
      const detail = `an ${target.family} address, where ${options.family} is asked for`
      return yield* new AddressError({ reason: "FamilyMismatch", input: host, detail })
    }
    return Arr.of(target)
  })

/**
 * The first IPv4 address of a name; an IPv4 literal is its own. Python `gethostbyname`, without its way of reading
 * `""` and `127.1` as addresses. For IPv6 see `getaddrinfo`.
 *
 * @since 0.1.0
 * @category names
 */
export const gethostbyname = (host: string): Effect.Effect<string, AddressError | ResolveError, Network.Network> =>
  Effect.map(getaddrinfo(host, 0, { family: "IPv4" }), addresses => addresses[0].host)

/**
 * The names of an address and of its port; the literal and the digits where they have none. POSIX and Python
 * `getnameinfo`; its numeric forms are `address.host` and `address.port`.
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
 * The full name of a host, of this machine by default: the name of its first address, or the host as it was given if
 * there is none. It does not fail, as Python's `getfqdn` does not.
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

/** What Python takes for this machine. */
const isAnywhere = (host: string): boolean => host === "" || host === "0.0.0.0" || host === "::"

/**
 * The port of a service, by its name or by another name that it goes by. One that is not known is a `ResolveError`
 * (`NotFound`). POSIX and Python `getservbyname`. Reads the services database of the system, or knows the best-known
 * names where there is none to be read.
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
 * The name of a port; `NotFound` if it has none, and an `AddressError` if it is no port. POSIX and Python
 * `getservbyport`.
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
 * The network interfaces of this machine with their addresses, in the order of their numbers: Python's `if_nameindex`,
 * `if_nametoindex` and `if_indextoname` in one. On Linux also those without an address.
 *
 * @since 0.1.0
 * @category interfaces
 */
export const interfaces: Effect.Effect<ReadonlyArray<Network.Interface>, never, Network.Network> = Effect.flatMap(
  Network.Network,
  network => network.interfaces
)
