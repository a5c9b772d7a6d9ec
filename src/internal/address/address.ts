/**
 * Addresses as data: what they are, how they are written, and when two of them are equal. Public as part of
 * `SocketAddress`.
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
 * An IP address and a port: `host` is the literal in its canonical form (RFC 5952, an IPv4-mapped address as
 * `::ffff:1.2.3.4`), `zone` the network interface of a link-local IPv6 address.
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
 * A name, in lower case, that has not been resolved yet, and a port.
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
 * The path of a Unix socket, of at most 107 bytes; `undefined` for a socket without a name, as most clients are.
 *
 * @since 0.1.0
 * @category models
 */
export interface Unix extends Proto {
  readonly _tag: "Unix"
  readonly path: string | undefined
}

/**
 * An address that needs no lookup: where a socket is bound, or what it is connected to.
 *
 * @since 0.1.0
 * @category models
 */
export type Resolved = Inet | Unix

/**
 * @since 0.1.0
 * @category models
 */
export type SocketAddress = Inet | HostPort | Unix

/**
 * An address, or what can be read as one: `"localhost:808"`, `"unix:/run/x.sock"`, `{ host, port }`.
 *
 * @since 0.1.0
 * @category models
 */
export type Target = SocketAddress | string | { readonly host: string; readonly port: number }

const withPort = (host: string, port: number): string => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`)

/** `127.0.0.1:808`, `[fe80::1%eth0]:808`, `localhost:808`, `unix:/run/x.sock`, `unix:` for an unnamed one. */
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
 * Whether a value is an address made by `SocketAddress`.
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
    // biome-ignore lint/complexity/noArguments: what Pipeable takes
    return Pipeable.pipeArguments(this, arguments)
  }
}

export const make = <A extends SocketAddress>(fields: Omit<A, keyof Proto>): A =>
  Object.assign(Object.create(proto), fields)

/**
 * The address of a Unix socket that was never bound to a path.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unixUnnamed: Unix = make<Unix>({ _tag: "Unix", path: undefined })

/** An IPv4 address that is written as an IPv6 one. */
const isMapped = (host: string): boolean => host.startsWith("::ffff:") && host.includes(".")

/**
 * An address that the system wrote, or that is part of one: its host is in the canonical form already, and is not parsed.
 * The zone of a link-local address follows a `%`.
 */
export const trustedInet = (host: string, port: number): Inet => {
  if (!host.includes(":")) return make<Inet>({ _tag: "Inet", family: "IPv4", host, zone: undefined, port })
  const percent = host.indexOf("%")
  const zone = percent < 0 ? undefined : host.slice(percent + 1)
  const text = percent < 0 ? host : host.slice(0, percent)
  return make<Inet>({ _tag: "Inet", family: "IPv6", host: canonicalOf(text), zone, port })
}

/** `inet_ntop` writes the deprecated addresses `::1.2.3.4` with a dotted tail, unlike RFC 5952. */
const canonicalOf = (host: string): string =>
  host.includes(".") && !isMapped(host)
    ? Either.match(parseIp(host), { onLeft: () => host, onRight: ip => ip.host })
    : host
