/**
 * Parses hosts, ports and paths, and explains what is wrong with an invalid one. The parsing is stricter than that of
 * the C library, which reads `127.1`, `010.0.0.1` and `0x7f.1` as addresses. See
 * docs/DECISIONS.md#names-follow-python-without-its-traps.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type { AddressError } from "./addressError.ts"

/** Why a text is invalid. `reason` is for programs. `detail` tells a person what is wrong and what to write instead. */
export type Wrong = readonly [reason: AddressError["reason"], detail: string]

const wrong = (reason: AddressError["reason"], detail: string): Either.Either<never, Wrong> =>
  Either.left([reason, detail])

const emptyHost = wrong("EmptyHost", "the host is empty; to listen on all addresses, write 0.0.0.0 or ::")

/** An IP address in canonical form, with the zone of a link-local IPv6 address. */
export interface IpLiteral {
  readonly family: "IPv4" | "IPv6"
  readonly host: string
  readonly zone: string | undefined
}

const hasTwoColons = (text: string): boolean => text.indexOf(":") !== text.lastIndexOf(":")
const endsInNumber = /(?:^|\.)(?:\d+|0[xX][\da-fA-F]*)\.?$/

/** Returns true if a host looks like an IP address, valid or not. If false, the host can be a name. */
export const looksLikeIp = (host: string): boolean =>
  !host.includes("/") && (host.startsWith("[") || hasTwoColons(host) || endsInNumber.test(host))

const fourNumbers = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/** Returns an IPv6 address without a zone in the form of RFC 5952, or `undefined` if the text is not one. */
const canonicalIPv6 = (text: string): string | undefined => {
  if (text.length > 45 || !/^[\da-f:.]+$/i.test(text)) return undefined
  const url = `http://[${text}]`
  if (!URL.canParse(url)) return undefined
  const host = new URL(url).hostname.slice(1, -1)
  // RFC 5952 and the operating system write an IPv4-mapped address as `::ffff:1.2.3.4`. A URL writes it as
  // `::ffff:102:304`.
  const mapped = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(host)
  if (mapped === null) return host
  const [high, low] = [Number.parseInt(mapped[1]!, 16), Number.parseInt(mapped[2]!, 16)]
  return `::ffff:${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

const linkLocal = /^fe[89ab][\da-f]:/

/**
 * Returns true if a host in canonical form is a link-local IPv6 address. Such an address is unique only with its zone.
 */
export const isLinkLocal = (host: string): boolean => linkLocal.test(host)

/**
 * Matches the name or number of a network interface. Linux also allows `%`, brackets and characters outside of ASCII,
 * which this pattern does not match.
 */
const interfaceName = /^(?:(?![/:%[\]])[!-~]){1,15}$/

const parseIPv6 = (text: string): Either.Either<IpLiteral, Wrong> => {
  const percent = text.indexOf("%")
  const host = canonicalIPv6(percent < 0 ? text : text.slice(0, percent))
  if (host === undefined) return wrong("InvalidIp", "not an IPv6 address; write one such as ::1 or 2001:db8::1")
  if (percent < 0) return Either.right({ family: "IPv6", host, zone: undefined })
  if (!isLinkLocal(host)) {
    return wrong("InvalidIp", "only link-local addresses (fe80::/10) have a zone; remove the % and everything after it")
  }
  const zone = text.slice(percent + 1)
  return interfaceName.test(zone)
    ? Either.right({ family: "IPv6", host, zone })
    : wrong("InvalidIp", "the zone after % must be the name or number of a network interface, as in fe80::1%eth0")
}

/** Returns an IP address in its canonical form (RFC 5952). */
export const parseIp = (host: string): Either.Either<IpLiteral, Wrong> => {
  if (typeof host !== "string") return wrong("InvalidIp", "the host must be a string, such as 127.0.0.1")
  if (host === "") return emptyHost
  if (fourNumbers.test(host)) return Either.right({ family: "IPv4", host, zone: undefined })
  if (host.startsWith("[")) return wrong("InvalidIp", "remove the brackets; only host:port has them, as in [::1]:808")
  if (hasTwoColons(host)) return parseIPv6(host)
  return wrong(
    "InvalidIp",
    endsInNumber.test(host)
      ? "an IPv4 address is four decimal numbers from 0 to 255 without leading zeros, such as 127.0.0.1"
      : "not an IP address such as 127.0.0.1 or ::1; for a name, use SocketAddress.hostPort"
  )
}

/**
 * Returns the first character that a name cannot contain, such as `U+0020`, or `undefined`. The pattern lists upper and
 * lower case, because `/[a-z]/iu` also matches the Kelvin sign.
 */
const strangeCharacter = (host: string): string | undefined => {
  const code = /[^A-Za-z0-9_.-]/u.exec(host)?.[0].codePointAt(0)
  return code === undefined ? undefined : `U+${code.toString(16).toUpperCase().padStart(4, "0")}`
}

/** Returns a valid host name in lower case. */
export const parseName = (host: string): Either.Either<string, Wrong> => {
  const invalid = (detail: string) => wrong("InvalidHost", detail)
  if (typeof host !== "string") return invalid("the host must be a string, such as localhost")
  if (host === "") return emptyHost
  if (host.includes("/")) return invalid("the host must be a name or an IP address: no URL, no path, no prefix length")
  if (host.includes(":")) return invalid("the host must not contain the port; pass the port separately")
  const strange = strangeCharacter(host)
  if (strange !== undefined) {
    return invalid(`${strange} is not allowed in a name; write an international name in its ASCII form (xn--...)`)
  }
  const name = host.endsWith(".") ? host.slice(0, -1) : host
  if (name.length > 253) return invalid(`a name has at most 253 characters, not ${name.length}`)
  const labels = name.split(".")
  if (labels.includes("")) return invalid("a name must not begin with a dot, and must not contain two dots in a row")
  if (labels.some(label => label.length > 63)) return invalid("a part of a name between dots has at most 63 characters")
  // For the host `unix`, `format` would write `unix:808`, which `parse` reads as the path of a Unix socket.
  if (host.toLowerCase() === "unix") return invalid('unix: begins a path; for a host of this name, write "unix."')
  return Either.right(host.toLowerCase())
}

const local = /(?:^|\.)localhost\.?$/

/**
 * Returns true if a name in lower case means this machine: `localhost` or a name that ends in `.localhost` (RFC 6761).
 */
export const isLocalName = (host: string): boolean => local.test(host)

/** Returns a valid path of a Unix socket, unchanged. */
export const parsePath = (path: string): Either.Either<string, Wrong> => {
  const invalid = (detail: string) => wrong("InvalidFormat", detail)
  if (typeof path !== "string") return invalid("a path must be a string, such as /run/x.sock")
  if (path === "") return invalid("the path is empty; for an address without a path, use SocketAddress.unixUnnamed")
  if (path.startsWith("\0")) return invalid("abstract names are not supported (libuv pads them with NULs); use a path")
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(path)) {
    return invalid("a path cannot contain NUL, other control characters, line separators or lone surrogates")
  }
  const bytes = new TextEncoder().encode(path).length
  return bytes > 107
    ? wrong("PathTooLong", `the path of a Unix socket has at most 107 bytes, not ${bytes}; use a shorter path`)
    : Either.right(path)
}

/**
 * Splits `localhost:808` and `[::1]:808` into host and port. The port must be one to five digits without leading zeros.
 * The caller must check that the port is at most 65535.
 */
export const splitHostPort = (text: string): Either.Either<{ readonly host: string; readonly port: number }, Wrong> => {
  if (text.includes("://")) return wrong("InvalidFormat", "this is a URL; write host:port, such as localhost:808")
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(text)
  if (match === null) {
    return wrong(
      "InvalidFormat",
      !text.startsWith("[") && hasTwoColons(text)
        ? "write an IPv6 address in brackets and then the port, as in [::1]:808"
        : "not host:port; write an address such as localhost:808, [::1]:808 or unix:/run/x.sock"
    )
  }
  const [, bracketed, plain = "", port = ""] = match
  if (port === "") return wrong("InvalidFormat", "the port is missing; write host:port, such as localhost:808")
  if (!/^(?:0|[1-9]\d{0,4})$/.test(port)) {
    return wrong("InvalidPort", "the port must be a number from 0 to 65535, in digits without leading zeros")
  }
  return bracketed && !bracketed.includes(":")
    ? wrong("InvalidIp", "brackets are for IPv6 addresses, such as [::1]:808; remove the brackets")
    : Either.right({ host: bracketed ?? plain, port: Number(port) })
}
