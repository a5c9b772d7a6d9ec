/**
 * Connects to the HOST and PORT of a command, with the options that the commands share. With `-v` or `--json`, reports
 * each attempt.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Network from "../../Network.ts"
import type * as Socket from "../../Socket.ts"
import * as SocketAddress from "../../SocketAddress.ts"
import * as SocketError from "../../SocketError.ts"
import type * as Tls from "../../Tls.ts"
import { type Teller, teller, type Watching } from "./event.ts"
import type { Connecting } from "./networkOptions.ts"
import type { Output } from "./output.ts"
import { checkName, secureClient } from "./securing.ts"
import { target } from "./target.ts"

const connectTimeout = Duration.seconds(10)

type OnAttempt = NonNullable<Network.ConnectOptions["onAttempt"]>

/** With `-v` or `--json`, returns a callback that reports each attempt to connect. Otherwise returns undefined. */
export const onAttempt = (watching: Watching): Effect.Effect<OnAttempt | undefined, never, Output> =>
  watching.verbose || watching.json ? Effect.map(teller(watching), attempted) : Effect.succeed(undefined)

const attempted =
  ({ detail }: Teller): OnAttempt =>
  ({ address, code, elapsed, outcome }) => {
    const where = SocketAddress.format(address)
    const what =
      outcome === "Connected"
        ? `connect ${where}: connected`
        : outcome === "Abandoned"
          ? `connect ${where}: abandoned`
          : new SocketError.ConnectError({ reason: outcome, address, attempts: [], code }).message
    const millis = Duration.toMillis(elapsed)
    return detail({ event: "attempt", address: where, outcome, code, millis }, `${what} after ${millis}ms`)
  }

/** The errors of `connect`. */
export type ConnectError =
  | SocketError.AddressError
  | SocketError.ResolveError
  | SocketError.ConnectError
  | Tls.TlsError
  | Tls.TlsConfigError

/**
 * Connects to HOST and PORT, or to the address `to`. With TLS, it then does the handshake, which has the same timeout.
 * If the Scope closes with a failure, the connection is reset. So the peer notices that the stream is incomplete. A
 * Unix socket is closed instead. `ending` overrides this.
 */
export const connect = (
  config: Connecting,
  to: Effect.Effect<SocketAddress.SocketAddress, SocketError.AddressError, Network.Network> = target(config, 1),
  ending: Pick<Network.ConnectOptions, "onFailure"> = { onFailure: "reset" }
): Effect.Effect<Socket.Socket, ConnectError, Network.Network | Output | Scope.Scope> =>
  Effect.gen(function* () {
    const address = yield* to
    yield* checkName(config.clientTls, address)
    const timeout = Option.getOrElse(config.timeout, () => connectTimeout)
    const socket = yield* Network.connect(address, {
      timeout,
      family: config.family,
      localAddress: config.source && Option.getOrUndefined(config.source),
      localPort: config.sourcePort && Option.getOrUndefined(config.sourcePort),
      ...ending,
      onAttempt: yield* onAttempt(config)
    })
    return yield* secureClient(config, config.clientTls, address, { ...ending, handshakeTimeout: timeout }, socket)
  })
