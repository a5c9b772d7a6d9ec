/**
 * HOST and PORT of a command line as an address: the lesson's, `gethostname()` and 808, where they are left out.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Network from "../../Network.ts"
import * as SocketAddress from "../../SocketAddress.ts"
import { AddressError } from "../../SocketError.ts"

export type Family = SocketAddress.Inet["family"]

export interface Words {
  /** A name, an IP literal (IPv6 with or without brackets), or `unix:` and a path. */
  readonly host: Option.Option<string>
  /** In digits. A path has none. */
  readonly port: Option.Option<string>
  /** What `-4` or `-6` ask for: an address of another kind is refused. A name is looked up by whoever is given it. */
  readonly family?: Family | undefined
}

/** `lowest` is 0 where a free port will do, and 1 where there is somebody to reach. */
export const target = (
  words: Words,
  lowest: 0 | 1
): Effect.Effect<SocketAddress.SocketAddress, AddressError, Network.Network> =>
  Effect.gen(function* () {
    const host = yield* Option.match(words.host, { onNone: () => Network.hostname, onSome: Effect.succeed })
    const address = yield* host.startsWith("unix:") ? unix(host, words.port) : hostPort(host, words.port, lowest)
    return yield* ofFamily(address, host, words.family)
  })

const hostPort = (host: string, port: Option.Option<string>, lowest: 0 | 1) =>
  Either.flatMap(
    Option.match(port, { onNone: () => Either.right(808), onSome: port => parsePort(port, lowest) }),
    port => SocketAddress.hostPort(bare(host), port)
  )

/** IPv6 without the brackets that it may have. */
export const bare = (host: string): string => (/^\[.*:.*\]$/.test(host) ? host.slice(1, -1) : host)

const unix = (host: string, port: Option.Option<string>): Either.Either<SocketAddress.Unix, AddressError> =>
  Option.isSome(port)
    ? refused("InvalidPort", port.value, "a unix: path has no port")
    : host === "unix:"
      ? refused("InvalidFormat", host, "a path follows unix:, as in unix:/run/x.sock")
      : SocketAddress.unix(host.slice("unix:".length))

const parsePort = (input: string, lowest: number): Either.Either<number, AddressError> =>
  /^(?:0|[1-9]\d{0,4})$/.test(input) && Number(input) <= 65535 && Number(input) >= lowest
    ? Either.right(Number(input))
    : refused("InvalidPort", input, `a port is a whole number from ${lowest} to 65535, such as 808`)

/** Refuses what is of another kind. A name may be of any. */
export const ofFamily = <A extends SocketAddress.SocketAddress>(
  address: A,
  input: string,
  family: Family | undefined
): Either.Either<A, AddressError> => {
  const is = address._tag === "Inet" ? address.family : address._tag === "Unix" ? "a unix: path" : family
  return family === undefined || is === family
    ? Either.right(address)
    : refused("FamilyMismatch", input, `this is ${is}, and ${family} was asked for`)
}

const refused = (reason: AddressError["reason"], input: string, detail: string) =>
  Either.left(new AddressError({ reason, input, detail }))
