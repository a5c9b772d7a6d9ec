/**
 * Splits an address of a command line (`HOST:PORT`, `:PORT` or `unix:/path`) into HOST and PORT. `:PORT` is a port of
 * the loopback address.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as SocketAddress from "../../SocketAddress.ts"
import { AddressError } from "../../SocketError.ts"
import type { Family, Words } from "./target.ts"

/** Returns the loopback address, which other machines cannot reach. Without a family, it is the IPv4 address. */
export const loopback = (family: Family | undefined): string => (family === "IPv6" ? "::1" : "127.0.0.1")

export const place = (word: string, family: Family | undefined): Either.Either<Words, AddressError> => {
  if (word.startsWith("unix:")) return Either.right({ host: Option.some(word), port: Option.none(), family })
  const host = loopback(family)
  const whole = word.startsWith(":") ? `${host.includes(":") ? `[${host}]` : host}${word}` : word
  return Either.mapBoth(SocketAddress.parse(whole), {
    onLeft: ({ detail, reason }) => new AddressError({ reason, input: word, detail }),
    onRight: address => {
      const text = SocketAddress.format(address)
      const colon = text.lastIndexOf(":")
      return { host: Option.some(text.slice(0, colon)), port: Option.some(text.slice(colon + 1)), family }
    }
  })
}
