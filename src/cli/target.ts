/**
 * HOST and PORT of a command line as an address: the lesson's, `gethostname()` and 808, where they are left out.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Network from "../Network.ts"
import * as SocketAddress from "../SocketAddress.ts"
import { AddressError } from "../SocketError.ts"

export interface Words {
  /** A name, an IP literal (IPv6 with or without brackets), or `unix:` and a path. */
  readonly host: Option.Option<string>
  /** In digits. A path has none. */
  readonly port: Option.Option<string>
}

/** `lowest` is 0 where a free port will do, and 1 where there is somebody to reach. */
export const target = (
  words: Words,
  lowest: 0 | 1
): Effect.Effect<SocketAddress.SocketAddress, AddressError, Network.Network> =>
  Effect.gen(function* () {
    const host = yield* Option.match(words.host, { onNone: () => Network.hostname, onSome: Effect.succeed })
    if (host.startsWith("unix:")) {
      return yield* unix(host, words.port)
    }
    const port = yield* Option.match(words.port, {
      onNone: () => Either.right(808),
      onSome: port => parsePort(port, lowest)
    })
    return yield* SocketAddress.hostPort(/^\[.*:.*\]$/.test(host) ? host.slice(1, -1) : host, port)
  })

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

const refused = (reason: AddressError["reason"], input: string, detail: string) =>
  Either.left(new AddressError({ reason, input, detail }))
