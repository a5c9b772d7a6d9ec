/**
 * Makes an address from HOST and PORT of a command line. Default: `gethostname()` and 808, as in the lesson.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Network from "../../Network.ts"
import * as SocketAddress from "../../SocketAddress.ts"
import { AddressError } from "../../SocketError.ts"

export type Family = SocketAddress.Inet["family"]

/** HOST and PORT of a command line, and the family. */
export interface Words {
  /** A name, an IP literal (IPv6 with or without brackets), or `unix:` followed by a path. */
  readonly host: Option.Option<string>
  /** A number in digits. A `unix:` path has no port. */
  readonly port: Option.Option<string>
  /**
   * The family that `-4` or `-6` selects. Undefined if neither is given. An IP literal of the other family or a `unix:`
   * path is an error. A name is not checked, because it is looked up later.
   */
  readonly family?: Family | undefined
}

/**
 * Returns the address of HOST and PORT. `lowest` is the lowest valid port: 0 to listen on a free port, 1 to connect.
 */
export const target = (
  words: Words,
  lowest: 0 | 1
): Effect.Effect<SocketAddress.SocketAddress, AddressError, Network.Network> =>
  Effect.gen(function* () {
    const host = yield* Option.match(words.host, { onNone: () => Network.hostname, onSome: Effect.succeed })
    const address = yield* host.startsWith("unix:") ? unix(host, words.port) : hostPort(host, words.port, lowest)
    return yield* ofFamily(address, host, words.family)
  })

const hostPort = (host: string, port: Option.Option<string>, lowest: 0 | 1) => {
  const [, name, portOfHost] = /^(\[.*\]|[^:]+):(\d+)$/.exec(host) ?? []
  if (name !== undefined) {
    return refused("InvalidHost", host, `HOST must not contain the port; write: ${name} ${portOfHost}`)
  }
  return Either.flatMap(
    Option.match(port, { onNone: () => Either.right(808), onSome: port => parsePort(port, lowest) }),
    port => SocketAddress.hostPort(bare(host), port)
  )
}

/** Removes the brackets around an IPv6 literal. */
export const bare = (host: string): string => (/^\[.*:.*\]$/.test(host) ? host.slice(1, -1) : host)

const unix = (host: string, port: Option.Option<string>): Either.Either<SocketAddress.Unix, AddressError> =>
  Option.isSome(port)
    ? refused("InvalidPort", port.value, "a unix: path has no port; leave it out")
    : host === "unix:"
      ? refused("InvalidFormat", host, "write the path after unix:, such as unix:/run/x.sock")
      : SocketAddress.unix(host.slice("unix:".length))

const parsePort = (input: string, lowest: number): Either.Either<number, AddressError> =>
  /^(?:0|[1-9]\d{0,4})$/.test(input) && Number(input) <= 65535 && Number(input) >= lowest
    ? Either.right(Number(input))
    : refused("InvalidPort", input, `a port is a whole number from ${lowest} to 65535, such as 808`)

/**
 * Fails if the address is not of the family. Never fails for a name, because a name may have addresses of both
 * families.
 */
export const ofFamily = <A extends SocketAddress.SocketAddress>(
  address: A,
  input: string,
  family: Family | undefined
): Either.Either<A, AddressError> => {
  const is = address._tag === "Inet" ? address.family : address._tag === "Unix" ? "a unix: path" : family
  return family === undefined || is === family
    ? Either.right(address)
    : refused("FamilyMismatch", input, `this is ${is}, but ${family === "IPv4" ? "-4" : "-6"} allows only ${family}`)
}

const refused = (reason: AddressError["reason"], input: string, detail: string) =>
  Either.left(new AddressError({ reason, input, detail }))
