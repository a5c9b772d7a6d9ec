/**
 * Where a socket is, or where it should go: an IP address and a port, a name and a port, or the path of a Unix socket.
 * Plain data, checked when it is made and written in one canonical way, so that two addresses are `Equal` exactly when
 * `format` gives the same text. Nothing here opens a socket or looks up a name.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { identity } from "effect/Function"
import * as Predicate from "effect/Predicate"
import {
  AddressError,
  type HostPort,
  type Inet,
  isSocketAddress,
  looksLikeIp,
  make,
  parseIp,
  parseName,
  parsePath,
  type SocketAddress,
  splitHostPort,
  type Target,
  type Unix,
  unixUnnamed,
  type Wrong
} from "./internal/address/index.ts"

export {
  /**
   * Writes an address as `parse` reads it.
   *
   * @since 0.1.0
   * @category conversions
   */
  format,
  /**
   * @since 0.1.0
   * @category models
   */
  type HostPort,
  /**
   * @since 0.1.0
   * @category models
   */
  type Inet,
  /**
   * @since 0.1.0
   * @category guards
   */
  isSocketAddress,
  /**
   * @since 0.1.0
   * @category models
   */
  type Resolved,
  /**
   * @since 0.1.0
   * @category models
   */
  type SocketAddress,
  /**
   * @since 0.1.0
   * @category symbols
   */
  TypeId,
  /**
   * @since 0.1.0
   * @category models
   */
  type Unix,
  /**
   * @since 0.1.0
   * @category constructors
   */
  unixUnnamed
} from "./internal/address/index.ts"

/**
 * Whether a value is an IP address and a port.
 *
 * @since 0.1.0
 * @category guards
 */
export const isInet = (u: unknown): u is Inet => isSocketAddress(u) && u._tag === "Inet"

/**
 * Whether a value is a name and a port.
 *
 * @since 0.1.0
 * @category guards
 */
export const isHostPort = (u: unknown): u is HostPort => isSocketAddress(u) && u._tag === "HostPort"

/**
 * Whether a value is the address of a Unix socket.
 *
 * @since 0.1.0
 * @category guards
 */
export const isUnix = (u: unknown): u is Unix => isSocketAddress(u) && u._tag === "Unix"

const refused =
  (input: unknown) =>
  ([reason, detail]: Wrong): AddressError =>
    new AddressError({ reason, input, detail })

const checkPort = (port: number): Either.Either<number, AddressError> =>
  typeof port === "number" && Number.isInteger(port) && port >= 0 && port <= 65535
    ? Either.right(port === 0 ? 0 : port) // -0 is 0
    : Either.left(refused(port)(["InvalidPort", "a port is a whole number from 0 to 65535, such as 808"]))

/**
 * An IP literal and a port; a name is refused (`InvalidIp`), and so are the short, octal and hexadecimal forms of IPv4.
 *
 * @since 0.1.0
 * @category constructors
 */
export const inet = (host: string, port: number): Either.Either<Inet, AddressError> =>
  Either.zipWith(Either.mapLeft(parseIp(host), refused(host)), checkPort(port), (ip, port) =>
    make<Inet>({ _tag: "Inet", ...ip, port })
  )

/**
 * A name and a port, or the `Inet` if the host is an IP literal; what only looks like one (`127.1`, `0x7f.1`,
 * `256.1.1.1`) is refused. International names are taken in their ASCII form.
 *
 * @since 0.1.0
 * @category constructors
 */
export const hostPort = (host: string, port: number): Either.Either<Inet | HostPort, AddressError> =>
  typeof host === "string" && looksLikeIp(host)
    ? inet(host, port)
    : Either.zipWith(Either.mapLeft(parseName(host), refused(host)), checkPort(port), (host, port) =>
        make<HostPort>({ _tag: "HostPort", host, port })
      )

/**
 * The path of a Unix socket, absolute or relative, as it stands. Refused are paths of more than 107 bytes in UTF-8
 * (`PathTooLong`), and abstract names, control characters and lone surrogates (`InvalidFormat`).
 *
 * @since 0.1.0
 * @category constructors
 */
export const unix = (path: string): Either.Either<Unix, AddressError> =>
  Either.mapBoth(parsePath(path), { onLeft: refused(path), onRight: path => make<Unix>({ _tag: "Unix", path }) })

/**
 * `inet` for literals in a program's text: throws the `AddressError`.
 *
 * @since 0.1.0
 * @category unsafe
 */
export const unsafeInet = (host: string, port: number): Inet => Either.getOrThrowWith(inet(host, port), identity)

/**
 * `unix` for literals in a program's text: throws the `AddressError`.
 *
 * @since 0.1.0
 * @category unsafe
 */
export const unsafeUnix = (path: string): Unix => Either.getOrThrowWith(unix(path), identity)

const notAnAddress: Wrong = ["InvalidFormat", 'an address is a string, such as "localhost:808", or { host, port }']

/**
 * Reads `127.0.0.1:808`, `[::1]:808`, `[fe80::1%eth0]:808`, `localhost:808`, `unix:/run/x.sock` or `unix:`; the
 * inverse of `format`. A port is required, and IPv6 stands in brackets.
 *
 * @since 0.1.0
 * @category conversions
 */
export const parse = (text: string): Either.Either<SocketAddress, AddressError> => {
  if (typeof text !== "string") return Either.left(refused(text)(notAnAddress))
  if (text === "unix:") return Either.right(unixUnnamed)
  const address: Either.Either<SocketAddress, AddressError> = text.startsWith("unix:")
    ? unix(text.slice(5))
    : Either.flatMap(Either.mapLeft(splitHostPort(text), refused(text)), ({ host, port }) => hostPort(host, port))
  return Either.mapLeft(address, ({ detail, reason }) => refused(text)([reason, detail]))
}

/**
 * An address of whatever a caller may have: addresses pass, texts are parsed, a host and a port go through `hostPort`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const from = (input: Target): Either.Either<SocketAddress, AddressError> => {
  if (isSocketAddress(input)) return Either.right(input)
  if (typeof input === "string") return parse(input)
  return Predicate.isReadonlyRecord(input)
    ? hostPort(input.host, input.port)
    : Either.left(refused(input)(notAnAddress))
}
