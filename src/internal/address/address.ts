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
 * @since 0.1.0
 * @category symbols
 */
export const TypeId: unique symbol = Symbol.for("effect-sockets/SocketAddress")

/**
 * @since 0.1.0
 * @category symbols
 */
export type TypeId = typeof TypeId

interface Proto extends Equal.Equal, Inspectable.Inspectable, Pipeable.Pipeable {
  readonly [TypeId]: TypeId
}

/**
 * An IP address and a port. `host` is the IP address in its canonical form (RFC 5952; an IPv4-mapped address is written
 * as `::ffff:1.2.3.4`). `zone` is the network interface of a link-local IPv6 address, or `undefined`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Inet extends Proto {
  readonly _tag: "Inet"
  readonly family: "IPv4" | "IPv6"
  readonly host: string
  readonly port: number
  readonly zone: string | undefined
}

/**
 * A host name and a port. The name is in lower case and has not been resolved.
 *
 * @since 0.1.0
 * @category models
 */
export interface HostPort extends Proto {
  readonly _tag: "HostPort"
  readonly host: string
  readonly port: number
}

/**
 * The address of a Unix socket. `path` has at most 107 bytes in UTF-8. It is `undefined` for a socket that is not bound
 * to a path; most clients are not.
 *
 * @since 0.1.0
 * @category models
 */
export interface Unix extends Proto {
  readonly _tag: "Unix"
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
 * What `from` reads as an address: an address, `{ host, port }`, or a text such as `"localhost:808"` or
 * `"unix:/run/x.sock"`.
 *
 * @since 0.1.0
 * @category models
 */
export type Target = SocketAddress | string | { readonly host: string; readonly port: number }

const withPort = (host: string, port: number): string => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`)

/**
 * Returns `127.0.0.1:808`, `[fe80::1%eth0]:808`, `localhost:808`, `unix:/run/x.sock`, or `unix:` if there is no path.
 */
export const format = (address: SocketAddress): string => {
  switch (address._tag) {
    case "Inet":
      return withPort(address.zone === undefined ? address.host : `${address.host}%${address.zone}`, address.port)
    case "HostPort":
      return withPort(address.host, address.port)
    case "Unix":
      return `unix:${address.path ?? ""}`
  }
}

/**
 * Returns whether a value is an address made by `SocketAddress`.
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

/** Returns whether a host is an IPv4-mapped IPv6 address, such as `::ffff:1.2.3.4`. */
const isMapped = (host: string): boolean => host.startsWith("::ffff:") && host.includes(".")

/**
 * Makes an `Inet` without checking `host`, which must be in the form that the operating system writes. The zone of a
 * link-local address follows a `%`.
 */
export const trustedInet = (host: string, port: number): Inet => {
  if (!host.includes(":")) return make<Inet>({ _tag: "Inet", family: "IPv4", host, zone: undefined, port })
  const percent = host.indexOf("%")
  const zone = percent < 0 ? undefined : host.slice(percent + 1)
  const text = percent < 0 ? host : host.slice(0, percent)
  return make<Inet>({ _tag: "Inet", family: "IPv6", host: canonicalOf(text), zone, port })
}

/** `inet_ntop` writes the deprecated addresses `::1.2.3.4` with a dotted tail; RFC 5952 does not. */
const canonicalOf = (host: string): string =>
  host.includes(".") && !isMapped(host)
    ? Either.match(parseIp(host), { onLeft: () => host, onRight: ip => ip.host })
    : host
