/**
 * Addresses of sockets: an IP address and a port, a host name and a port, or the path of a Unix socket. Addresses are
 * plain data. An address is checked when it is made, and has one canonical text. Two addresses are `Equal` if and only
 * if `format` returns the same text for both. No function of this module opens a socket or looks up a name.
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
   * Returns the text of an address, such as `127.0.0.1:808`, `[::1]:808`, `localhost:808` or `unix:/run/x.sock`.
   * `parse` reads the text back.
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
 * Returns true if the value is an `Inet`: an IP address and a port.
 *
 * @since 0.1.0
 * @category guards
 */
export const isInet = (u: unknown): u is Inet => isSocketAddress(u) && u._tag === "Inet"

/**
 * Returns true if the value is a `HostPort`: a host name and a port.
 *
 * @since 0.1.0
 * @category guards
 */
export const isHostPort = (u: unknown): u is HostPort => isSocketAddress(u) && u._tag === "HostPort"

/**
 * Returns true if the value is a `Unix`: the address of a Unix socket.
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
    ? Either.right(port === 0 ? 0 : port) // -0 becomes 0
    : Either.left(refused(port)(["InvalidPort", "a port is a whole number from 0 to 65535, such as 808"]))

/**
 * Makes an address from an IP address and a port. Fails with `AddressError`:
 *
 * - `InvalidIp`: the host is not an IP address, or its zone is not valid. Names fail, and so do the short, octal and
 *   hexadecimal forms of IPv4.
 * - `EmptyHost`: the host is empty.
 * - `InvalidPort`: the port is not a whole number from 0 to 65535.
 *
 * @since 0.1.0
 * @category constructors
 */
export const inet = (host: string, port: number): Either.Either<Inet, AddressError> =>
  Either.zipWith(Either.mapLeft(parseIp(host), refused(host)), checkPort(port), (ip, port) =>
    make<Inet>({ _tag: "Inet", ...ip, port })
  )

/**
 * Makes an address from a host and a port. If the host is an IP address, returns an `Inet`. If the host is a name,
 * returns a `HostPort`. Write an international name in its ASCII form (`xn--...`). Fails with `AddressError`:
 *
 * - `InvalidIp`: the host only looks like an IP address, such as `127.1`, `0x7f.1` or `256.1.1.1`.
 * - `InvalidHost`: the host is not a valid name.
 * - `EmptyHost`: the host is empty.
 * - `InvalidPort`: the port is not a whole number from 0 to 65535.
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
 * Makes an address from the path of a Unix socket. The path can be absolute or relative. It is kept unchanged. Fails
 * with `AddressError`:
 *
 * - `PathTooLong`: the path has more than 107 bytes in UTF-8.
 * - `InvalidFormat`: the path is empty, is an abstract name, or contains a control character, a line separator or a
 *   lone surrogate.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unix = (path: string): Either.Either<Unix, AddressError> =>
  Either.mapBoth(parsePath(path), { onLeft: refused(path), onRight: path => make<Unix>({ _tag: "Unix", path }) })

/**
 * Makes an address as `inet` does, but throws the `AddressError`. Use it for constants in a program.
 *
 * @since 0.1.0
 * @category unsafe
 */
export const unsafeInet = (host: string, port: number): Inet => Either.getOrThrowWith(inet(host, port), identity)

/**
 * Makes an address as `unix` does, but throws the `AddressError`. Use it for constants in a program.
 *
 * @since 0.1.0
 * @category unsafe
 */
export const unsafeUnix = (path: string): Unix => Either.getOrThrowWith(unix(path), identity)

const notAnAddress: Wrong = ["InvalidFormat", 'an address must be a string, such as "localhost:808", or { host, port }']

/**
 * Parses `127.0.0.1:808`, `[::1]:808`, `[fe80::1%eth0]:808`, `localhost:808`, `unix:/run/x.sock` or `unix:`. It is the
 * inverse of `format`. The port is required, and an IPv6 address must be in brackets. If the text is not an address,
 * fails with `AddressError`.
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
 * Makes an address from a target. Returns an address unchanged, parses a text with `parse`, and makes an address from
 * `{ host, port }` with `hostPort`. Fails with `AddressError` as these functions do.
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
