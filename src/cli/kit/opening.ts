/**
 * Connects for a command, with the shared options, and reports each attempt with `-v` or `--json`.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Network from "../../Network.ts"
import type * as Socket from "../../Socket.ts"
import * as SocketAddress from "../../SocketAddress.ts"
import * as SocketError from "../../SocketError.ts"
import { type Teller, teller, type Watching } from "./event.ts"
import type { Connecting } from "./networkOptions.ts"
import type { Output } from "./output.ts"
import { target } from "./target.ts"

const connectTimeout = Duration.seconds(10)

type OnAttempt = NonNullable<Network.ConnectOptions["onAttempt"]>

/** Returns a callback that reports each attempt to connect. Returns undefined unless `-v` or `--json` is given. */
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

/**
 * Connects to HOST and PORT, or to the address `to`. If the Scope closes with a failure, the connection is reset. So
 * the peer cannot take an incomplete stream for a complete one.
 */
export const connect = (
  config: Connecting,
  to: Effect.Effect<SocketAddress.SocketAddress, SocketError.AddressError, Network.Network> = target(config, 1)
): Effect.Effect<
  Socket.Socket,
  SocketError.AddressError | SocketError.ResolveError | SocketError.ConnectError,
  Network.Network | Output | Scope.Scope
> =>
  Effect.gen(function* () {
    const address = yield* to
    return yield* Network.connect(address, {
      timeout: Option.getOrElse(config.timeout, () => connectTimeout),
      family: config.family,
      onFailure: "reset",
      onAttempt: yield* onAttempt(config)
    })
  })
