/**
 * Addresses as data: their fields, their text and their equality. Public as part of `SocketAddress`.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Inspectable from "effect/Inspectable"
import * as Pipeable from "effect/Pipeable"
import * as Predicate from "effect/Predicate"
import { parseIp } from "./text.ts"

/**
 * Marks an address, so that `isSocketAddress` recognizes it.
 *
 * @since 0.1.0
 * @category symbols
 */
export const TypeId: unique symbol = Symbol.for("effect-sockets/SocketAddress")

/**
 * The type of the symbol `TypeId`.
 *
 * @since 0.1.0
 * @category symbols
 */
export type TypeId = typeof TypeId

interface Proto extends Equal.Equal, Inspectable.Inspectable, Pipeable.Pipeable {
  readonly [TypeId]: TypeId
}

/**
 * An IP address and a port.
 *
 * @since 0.1.0
 * @category models
 */
export interface Inet extends Proto {
  readonly _tag: "Inet"
  /** The family of the IP address. */
  readonly family: "IPv4" | "IPv6"
  /** The IP address in its canonical form (RFC 5952). An IPv4-mapped address is written as `::ffff:1.2.3.4`. */
  readonly host: string
  /** The port, from 0 to 65535. */
  readonly port: number
  /** The name or number of the network interface of a link-local IPv6 address. `undefined` if there is none. */
  readonly zone: string | undefined
}

/**
 * A host name and a port. The name has not been resolved.
 *
 * @since 0.1.0
 * @category models
 */
export interface HostPort extends Proto {
  readonly _tag: "HostPort"
  /** The name, in lower case. */
  readonly host: string
  /** The port, from 0 to 65535. */
  readonly port: number
}

/**
 * The address of a Unix socket.
 *
 * @since 0.1.0
 * @category models
 */
export interface Unix extends Proto {
  readonly _tag: "Unix"
  /**
   * The path, with at most 107 bytes in UTF-8. `undefined` if the socket is not bound to a path. Most clients have no
   * path.
   */
  readonly path: string | undefined
}

/**
 * An address that needs no lookup, such as the local and the remote address of a socket.
 *
 * @since 0.1.0
 * @category models
 */
export type Resolved = Inet | Unix

/**
 * An IP address with a port, a host name with a port, or the path of a Unix socket.
 *
 * @since 0.1.0
 * @category models
 */
export type SocketAddress = Inet | HostPort | Unix

/**
 * A value from which `from` makes an address: an address, `{ host, port }`, or a text such as `"localhost:808"` or
 * `"unix:/run/x.sock"`.
 *
 * @since 0.1.0
 * @category models
 */
export type Target = SocketAddress | string | { readonly host: string; readonly port: number }

const withPort = (host: string, port: number): string => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`)

/** Returns the host of an address as a text that can be parsed again. A link-local address includes its zone. */
export const hostOf = ({ host, zone }: Inet): string => (zone === undefined ? host : `${host}%${zone}`)

/**
 * Returns the text of an address: `127.0.0.1:808`, `[fe80::1%eth0]:808`, `localhost:808`, `unix:/run/x.sock`, or
 * `unix:` if there is no path.
 */
export const format = (address: SocketAddress): string => {
  switch (address._tag) {
    case "Inet":
      return withPort(hostOf(address), address.port)
    case "HostPort":
      return withPort(address.host, address.port)
    case "Unix":
      return `unix:${address.path ?? ""}`
  }
}

/**
 * Returns true if the value is a `SocketAddress`.
 *
 * @since 0.1.0
 * @category guards
 */
export const isSocketAddress = (u: unknown): u is SocketAddress => Predicate.hasProperty(u, TypeId)

const proto: Proto & ThisType<SocketAddress> = {
  [TypeId]: TypeId,
  [Equal.symbol](that: Equal.Equal) {
    return isSocketAddress(that) && this._tag === that._tag && format(this) === format(that)
  },
  [Hash.symbol]() {
    return Hash.cached(this, Hash.string(format(this)))
  },
  toString() {
    return format(this)
  },
  toJSON() {
    return { _id: "SocketAddress", ...this }
  },
  [Inspectable.NodeInspectSymbol]() {
    return this.toJSON()
  },
  pipe() {
    // biome-ignore lint/complexity/noArguments: `pipeArguments` takes the arguments object
    return Pipeable.pipeArguments(this, arguments)
  }
}

export const make = <A extends SocketAddress>(fields: Omit<A, keyof Proto>): A =>
  Object.assign(Object.create(proto), fields)

/**
 * The address of a Unix socket that is not bound to a path.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unixUnnamed: Unix = make<Unix>({ _tag: "Unix", path: undefined })

/** Returns true if a host is an IPv4-mapped IPv6 address, such as `::ffff:1.2.3.4`. */
export const isMapped = (host: string): boolean => host.startsWith("::ffff:") && host.includes(".")

/**
 * Makes an `Inet` without checking `host`. `host` must have the form that the operating system writes. The zone of a
 * link-local address follows a `%`.
 */
export const trustedInet = (host: string, port: number): Inet => {
  if (!host.includes(":")) return make<Inet>({ _tag: "Inet", family: "IPv4", host, zone: undefined, port })
  const percent = host.indexOf("%")
  const zone = percent < 0 ? undefined : host.slice(percent + 1)
  const text = percent < 0 ? host : host.slice(0, percent)
  return make<Inet>({ _tag: "Inet", family: "IPv6", host: canonicalOf(text), zone, port })
}

/**
 * Returns an IPv6 address in the form that `parseIp` returns. The operating system (`inet_ntop`) writes a deprecated
 * address such as `::102:304` as `::1.2.3.4`.
 */
const canonicalOf = (host: string): string =>
  host.includes(".") && !isMapped(host)
    ? Either.match(parseIp(host), { onLeft: () => host, onRight: ip => ip.host })
    : host
