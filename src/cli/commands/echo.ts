/**
 * The command `echo`: a server that sends every byte back to the client that sent it.
 */
import * as Command from "@effect/cli/Command"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Network from "../../Network.ts"
import * as Pump from "../../Pump.ts"
import type * as Socket from "../../Socket.ts"
import * as SocketError from "../../SocketError.ts"
import { type Definition, flat } from "../kit/definition.ts"
import { teller } from "../kit/event.ts"
import * as exitCode from "../kit/exitCode.ts"
import { type ListeningError, listen } from "../kit/listening.ts"
import * as networkOptions from "../kit/networkOptions.ts"
import type { Output } from "../kit/output.ts"
import { peerText } from "../kit/peer.ts"
import { serve } from "../kit/serving.ts"
import type { Signals } from "../kit/signal.ts"
import * as tlsOptions from "../kit/tlsOptions.ts"

/**
 * Listens, reports the address on stderr, and serves clients until a signal arrives. Then clients have 10 seconds to
 * finish.
 */
export const echo = (
  config: networkOptions.Listening
): Effect.Effect<void, ListeningError | SocketError.AcceptError, Network.Network | Output | Signals> => {
  const idle = Option.getOrUndefined(config.idle)
  const timeouts = { recvTimeout: idle, sendTimeout: idle }
  return serve(config, listen(config, { timeouts }), socket =>
    Effect.catchIf(Pump.copy(socket, socket), SocketError.isTimeout, () => cut(config, socket))
  )
}

const cut = (config: networkOptions.Listening, socket: Socket.Socket) =>
  Effect.gen(function* () {
    const { detail } = yield* teller(config)
    const from = peerText(socket.remoteAddress)
    const idle = Option.getOrElse(config.idle, () => Duration.zero)
    const event = { event: "idle", from, millis: Duration.toMillis(idle) }
    yield* detail(event, `${from}: idle for ${Duration.format(idle)}`)
    yield* socket.abort
  })

const groups = {
  Listening: {
    ...networkOptions.families,
    idle: networkOptions.idle("Disconnect a client when no byte moves for this long, such as 30s")
  },
  TLS: tlsOptions.serving,
  Output: networkOptions.messages(
    "Report on stderr each client that connects, its TLS handshake, and each connection that closes"
  )
}

const operands = networkOptions.operands("Port; 0 takes a free port")

export const definition: Definition = {
  summary: "Listen, and send every byte back to the client that sent it.",
  operands,
  groups,
  examples: [
    ["Echo on a port of this machine", "effect-sockets echo 127.0.0.1 7007"],
    ["Echo on every address, and disconnect idle clients", "effect-sockets echo 0.0.0.0 7007 --idle 1m"]
  ],
  exitCodes: exitCode.meanings(exitCode.served)
}

export const command = Command.make("echo", { ...flat(groups), ...operands }, words =>
  Effect.flatMap(networkOptions.read(words), config =>
    Effect.flatMap(tlsOptions.readServer(words, words.tls), serverTls => echo({ ...config, serverTls }))
  )
).pipe(Command.withDescription(definition.summary))
