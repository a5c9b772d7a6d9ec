/**
 * The command `echo`: sends every client what it sends, until it ends.
 */
import * as Command from "@effect/cli/Command"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Network from "../../Network.ts"
import * as Pump from "../../Pump.ts"
import type * as Socket from "../../Socket.ts"
import * as SocketAddress from "../../SocketAddress.ts"
import * as SocketError from "../../SocketError.ts"
import { teller } from "../kit/event.ts"
import * as networkOptions from "../kit/networkOptions.ts"
import { listen } from "../kit/opening.ts"
import type { Output } from "../kit/output.ts"
import { serve } from "../kit/serving.ts"
import type { Signals } from "../kit/signal.ts"

/**
 * Says on stderr where it listens, then serves until a signal comes, and drains: clients are waited for, for 10 seconds.
 */
export const echo = (
  config: networkOptions.Listening
): Effect.Effect<
  void,
  SocketError.AddressError | SocketError.ResolveError | SocketError.ListenError | SocketError.AcceptError,
  Network.Network | Output | Signals
> => {
  const idle = Option.getOrUndefined(config.idle)
  const timeouts = { recvTimeout: idle, sendTimeout: idle }
  return serve(config, listen(config, { timeouts }), socket =>
    Effect.catchIf(Pump.copy(socket, socket), SocketError.isTimeout, () => cut(config, socket))
  )
}

const cut = (config: networkOptions.Listening, socket: Socket.Socket) =>
  Effect.gen(function* () {
    const { detail } = yield* teller(config)
    const from = SocketAddress.format(socket.remoteAddress)
    const limit = Option.getOrElse(config.idle, () => Duration.zero)
    const event = { event: "idle", from, millis: Duration.toMillis(limit) }
    yield* detail(event, `${from}: nothing came or went for ${Duration.format(limit)}`)
    yield* socket.abort
  })

export const options = networkOptions.listening("Nothing came or went for so long: the client is cut")

const operands = networkOptions.operands("808 if left out; 0 for a free one")

export const command = Command.make("echo", { ...options, ...operands }, words =>
  Effect.flatMap(networkOptions.read(words), echo)
).pipe(
  Command.withDescription(
    "Sends every client what it sends, until SIGINT or SIGTERM; then clients have 10 seconds to end."
  )
)
