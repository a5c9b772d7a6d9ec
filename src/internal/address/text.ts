/**
 * Hosts, paths and ports as text: which texts are meant as an IP address, and what is wrong with each that cannot be
 * part of an address. Stricter than the C library, which reads `127.1`, `010.0.0.1` and `0x7f.1` as addresses.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type { AddressError } from "./addressError.ts"

/** Why a text is refused: the reason for programs, and for people what is wrong and what would do. */
export type Wrong = readonly [reason: AddressError["reason"], detail: string]

const wrong = (reason: AddressError["reason"], detail: string): Either.Either<never, Wrong> =>
  Either.left([reason, detail])

const emptyHost = wrong("EmptyHost", "the host is empty; to listen on every address, say 0.0.0.0 or ::")

export interface IpLiteral {
  readonly family: "IPv4" | "IPv6"
  readonly host: string
  readonly zone: string | undefined
}

const hasTwoColons = (text: string): boolean => text.indexOf(":") !== text.lastIndexOf(":")
const endsInNumber = /(?:^|\.)(?:\d+|0[xX][\da-fA-F]*)\.?$/

/** Whether a host is meant as an IP address, well-formed or not; what is not meant as one may be a name. */
export const looksLikeIp = (host: string): boolean =>
  !host.includes("/") && (host.startsWith("[") || hasTwoColons(host) || endsInNumber.test(host))

const fourNumbers = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/** An IPv6 address without a zone, as RFC 5952 writes it. */
const canonicalIPv6 = (text: string): string | undefined => {
  if (text.length > 45 || !/^[\da-f:.]+$/i.test(text)) return undefined
  const url = `http://[${text}]`
  if (!URL.canParse(url)) return undefined
  const host = new URL(url).hostname.slice(1, -1)
  // A URL has no dotted tail. RFC 5952 asks for one where an IPv4 address is mapped, and the system writes it so.
  const mapped = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(host)
  if (mapped === null) return host
  const [high, low] = [Number.parseInt(mapped[1]!, 16), Number.parseInt(mapped[2]!, 16)]
  return `::ffff:${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

const linkLocal = /^fe[89ab][\da-f]:/
/** Of what Linux allows as the name of an interface, what Node reads as part of an address; or a number. */
const interfaceName = /^[0-9A-Za-z.-]{1,15}$/

const parseIPv6 = (text: string): Either.Either<IpLiteral, Wrong> => {
  const percent = text.indexOf("%")
  const host = canonicalIPv6(percent < 0 ? text : text.slice(0, percent))
  if (host === undefined) return wrong("InvalidIp", "not an IPv6 address, such as ::1 or 2001:db8::1")
  if (percent < 0) return Either.right({ family: "IPv6", host, zone: undefined })
  if (!linkLocal.test(host)) {
    return wrong("InvalidIp", "only link-local addresses (fe80::/10) have a zone; leave out the % and what follows")
  }
  const zone = text.slice(percent + 1)
  return interfaceName.test(zone)
    ? Either.right({ family: "IPv6", host, zone })
    : wrong("InvalidIp", "the zone after % is the name or number of a network interface, as in fe80::1%eth0")
}

/** An IP address in its canonical form (RFC 5952). */
export const parseIp = (host: string): Either.Either<IpLiteral, Wrong> => {
  if (typeof host !== "string") return wrong("InvalidIp", "the host must be a string, such as 127.0.0.1")
  if (host === "") return emptyHost
  if (fourNumbers.test(host)) return Either.right({ family: "IPv4", host, zone: undefined })
  if (host.startsWith("[")) return wrong("InvalidIp", "brackets go with a port, as in [::1]:808; the host alone is ::1")
  if (hasTwoColons(host)) return parseIPv6(host)
  return wrong(
    "InvalidIp",
    endsInNumber.test(host)
      ? "an IPv4 address is four decimal numbers from 0 to 255 without leading zeros, such as 127.0.0.1"
      : "not an IP address, such as 127.0.0.1 or ::1; a name goes to hostPort"
  )
}

/** The first character that no name has, as `U+0020`. Not `/[a-z]/iu`, which takes the Kelvin sign for a k. */
const strangeCharacter = (host: string): string | undefined => {
  const code = /[^A-Za-z0-9_.-]/u.exec(host)?.[0].codePointAt(0)
  return code === undefined ? undefined : `U+${code.toString(16).toUpperCase().padStart(4, "0")}`
}

/** A name that could be looked up, in lower case. */
export const parseName = (host: string): Either.Either<string, Wrong> => {
  const invalid = (detail: string) => wrong("InvalidHost", detail)
  if (typeof host !== "string") return invalid("the host must be a string, such as localhost")
  if (host === "") return emptyHost
  if (host.includes("/")) return invalid("a name or an IP address goes here: no URL, no path, no prefix length")
  if (host.includes(":")) return invalid("the port is not part of the host; give it apart")
  const strange = strangeCharacter(host)
  if (strange !== undefined) {
    return invalid(`${strange} cannot be in a name; an international name is written in its ASCII form (xn--...)`)
  }
  const name = host.endsWith(".") ? host.slice(0, -1) : host
  if (name.length > 253) return invalid(`a name has at most 253 characters, not ${name.length}`)
  const labels = name.split(".")
  if (labels.includes("")) return invalid("a name needs at least one character before, between and after its dots")
  if (labels.some(label => label.length > 63)) return invalid("a name has at most 63 characters between its dots")
  // It would be written as `unix:808`, which is a path.
  if (host.toLowerCase() === "unix") return invalid('unix: begins a path; a host of this name is "unix." with a dot')
  return Either.right(host.toLowerCase())
}

/** The path of a Unix socket. */
export const parsePath = (path: string): Either.Either<string, Wrong> => {
  const invalid = (detail: string) => wrong("InvalidFormat", detail)
  if (typeof path !== "string") return invalid("a path must be a string, such as /run/x.sock")
  if (path === "") return invalid("the path is empty; an address without a path is unixUnnamed")
  if (path.startsWith("\0")) return invalid("libuv pads abstract names with NULs, so no peer would find it; use a path")
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(path)) {
    return invalid("a path cannot have NUL, other control characters, line separators or lone surrogates")
  }
  const bytes = new TextEncoder().encode(path).length
  return bytes > 107
    ? wrong("PathTooLong", `the path of a Unix socket has at most 107 bytes, not ${bytes}; use a shorter directory`)
    : Either.right(path)
}

/** The host and the port of `localhost:808` and `[::1]:808`, neither of them checked but for the port's digits. */
export const splitHostPort = (text: string): Either.Either<{ readonly host: string; readonly port: number }, Wrong> => {
  if (text.includes("://")) return wrong("InvalidFormat", "a URL; write host:port, such as localhost:808")
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(text)
  if (match === null) {
    return wrong(
      "InvalidFormat",
      !text.startsWith("[") && hasTwoColons(text)
        ? "an IPv6 address goes in brackets and a port follows, as in [::1]:808"
        : "not host:port, such as localhost:808, 127.0.0.1:808, [::1]:808 or unix:/run/x.sock"
    )
  }
  const [, bracketed, plain = "", port = ""] = match
  if (port === "") return wrong("InvalidFormat", "the port is missing; write host:port, such as localhost:808")
  if (!/^(?:0|[1-9]\d{0,4})$/.test(port)) {
    return wrong("InvalidPort", "a port is written in digits, from 0 to 65535, without leading zeros")
  }
  return bracketed && !bracketed.includes(":")
    ? wrong("InvalidIp", "brackets are for IPv6 addresses, such as [::1]:808")
    : Either.right({ host: bracketed ?? plain, port: Number(port) })
}
