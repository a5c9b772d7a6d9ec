/**
 * The command `server`: the server of the lesson. It sends a text to every client and closes the connection.
 */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Network from "../../Network.ts"
import type * as SocketError from "../../SocketError.ts"
import { type Definition, flat } from "../kit/definition.ts"
import * as exitCode from "../kit/exitCode.ts"
import { type ListeningError, listen } from "../kit/listening.ts"
import * as networkOptions from "../kit/networkOptions.ts"
import type { Output } from "../kit/output.ts"
import { serve } from "../kit/serving.ts"
import type { Signals } from "../kit/signal.ts"
import * as tlsOptions from "../kit/tlsOptions.ts"
import { greeting } from "./lesson.ts"

export interface Config extends networkOptions.Listening {
  /** The text to send to every client. */
  readonly message: string
}

/**
 * Listens, reports the address on stderr, and serves clients until a signal arrives. Then clients have 10 seconds to
 * receive the text.
 */
export const server = (
  config: Config
): Effect.Effect<void, ListeningError | SocketError.AcceptError, Network.Network | Output | Signals> => {
  const bytes = new TextEncoder().encode(config.message)
  const listening = listen(config, { timeouts: { sendTimeout: Option.getOrUndefined(config.idle) } })
  return serve(config, listening, socket => socket.sendAll(bytes))
}

const groups = {
  Sending: {
    message: Options.text("message").pipe(
      Options.withPseudoName("TEXT"),
      Options.withDescription(`Text to send to every client (default: ${greeting})`),
      Options.withDefault<string>(greeting)
    )
  },
  Listening: {
    ...networkOptions.families,
    idle: networkOptions.idle("Disconnect a client when sending to it makes no progress for this long, such as 30s")
  },
  TLS: tlsOptions.serving,
  Output: networkOptions.messages(
    "Report on stderr each client that connects, its TLS handshake, and each connection that closes"
  )
}

const operands = networkOptions.operands("Port; 0 takes a free port")

export const definition: Definition = {
  summary: "Listen, and send a text to every client.",
  operands,
  groups,
  examples: [
    ["Listen on a free port, which stderr shows", "effect-sockets server 127.0.0.1 0"],
    ["Send another text", "effect-sockets server --message hello 127.0.0.1 8080"],
    ["Use a Unix socket", "effect-sockets server unix:/tmp/x.sock"]
  ],
  exitCodes: exitCode.meanings(exitCode.served)
}

export const command = Command.make("server", { ...flat(groups), ...operands }, words =>
  Effect.flatMap(networkOptions.read(words), config =>
    Effect.flatMap(tlsOptions.readServer(words, words.tls), serverTls => server({ ...config, serverTls }))
  )
).pipe(Command.withDescription(definition.summary))
