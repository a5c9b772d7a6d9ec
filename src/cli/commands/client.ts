/**
 * The command `client`: connects and prints the received text. It stops when the peer closes the connection. It also
 * stops when no data arrives for `--idle` after the first byte. With `--once`, it stops after the first receive.
 */
import * as Command from "@effect/cli/Command"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Client from "../../Client.ts"
import type * as Encoding from "../../Encoding.ts"
import type * as Network from "../../Network.ts"
import type * as Socket from "../../Socket.ts"
import * as SocketAddress from "../../SocketAddress.ts"
import * as SocketError from "../../SocketError.ts"
import { type Definition, flat } from "../kit/definition.ts"
import { teller, type Watching } from "../kit/event.ts"
import * as exitCode from "../kit/exitCode.ts"
import * as networkOptions from "../kit/networkOptions.ts"
import { type ConnectError, connect } from "../kit/opening.ts"
import * as optionValue from "../kit/optionValue.ts"
import { Output, type OutputError } from "../kit/output.ts"
import type { ClientTls } from "../kit/securing.ts"
import { failOnSignal } from "../kit/signal.ts"
import { target, type Words } from "../kit/target.ts"
import * as tlsOptions from "../kit/tlsOptions.ts"

export interface Config extends Words, Watching {
  readonly bufsize: number
  readonly encoding: Encoding.Encoding
  /** Timeout for connecting. The TLS handshake and the wait for the first byte have the same timeout. */
  readonly timeout: Duration.Duration
  /** How long to wait for more data after the first byte. If no data arrives in this time, the command stops. */
  readonly idle: Duration.Duration
  /** Limit of the whole message, in bytes. */
  readonly maxBytes: number
  /** True to receive only once. Then `idle` and `maxBytes` have no effect. */
  readonly once: boolean
  /** The handshake with the server. Default: no TLS. */
  readonly clientTls?: ClientTls | undefined
  /** The IP address to connect from. Default: the system chooses. */
  readonly source?: Option.Option<string> | undefined
  /** The local port to connect from. Default: any free port. */
  readonly sourcePort?: Option.Option<number> | undefined
}

/**
 * Receives text, and prints each part when it arrives, even if the command fails later. If the text is not empty and
 * does not end with a newline, prints a newline after it. After a signal, prints no newline, because stdout may have no
 * reader.
 */
export const client = (
  config: Config
): Effect.Effect<
  void,
  ConnectError | SocketError.RecvError | SocketError.DecodeError | SocketError.LimitExceeded | OutputError,
  Network.Network | Output
> =>
  Effect.gen(function* () {
    const address = yield* target(config, 1)
    const output = yield* Output
    let printed = ""
    const print = (text: string) => {
      printed = text
      return output.print(text)
    }
    const endLine = Effect.suspend(() => (printed === "" || printed.endsWith("\n") ? Effect.void : output.print("\n")))
    const connecting = connect(
      { ...config, timeout: Option.some(config.timeout), idle: Option.none() },
      Effect.succeed(address),
      {}
    )
    const received = Effect.scoped(Effect.flatMap(connecting, socket => receive(socket, config, print)))
    const end = yield* Effect.tapError(received, () => Effect.ignore(endLine))
    yield* endLine
    if (end === "MaxBytes") {
      return yield* new SocketError.LimitExceeded({ operation: "recv", limit: config.maxBytes })
    }
    if (end === "Idle") {
      const where = SocketAddress.format(address)
      const { tell } = yield* teller(config)
      const event = { event: "idle", address: where, millis: Duration.toMillis(config.idle) }
      yield* tell(
        event,
        `recv ${where}: no data for ${Duration.format(config.idle)}; stopping (the connection is still open)`
      )
    }
  })

/**
 * Receives and prints text. With `once`, receives only once. Otherwise, prints each part when it arrives. Returns why
 * the receive stopped.
 */
const receive = (socket: Socket.Socket, config: Config, print: (text: string) => Effect.Effect<void, OutputError>) =>
  config.once
    ? Effect.as(Effect.flatMap(Client.receiveOnceFrom(socket, config), print), "End" as const)
    : Effect.map(
        Client.receiveMessageFrom(socket, { ...config, idleTimeout: config.idle, onText: print }),
        message => message.end
      )

const groups = {
  Connecting: {
    ...networkOptions.families,
    ...networkOptions.sources,
    timeout: optionValue.time({
      name: "timeout",
      help: "Timeout for connecting, again for the TLS handshake, and again for the first byte",
      fallback: "10s"
    })
  },
  Receiving: {
    bufsize: optionValue.bytes({
      name: "bufsize",
      help: "Receive at most this many bytes (or one character) at a time",
      fallback: "1024"
    }),
    encoding: optionValue.encoding({
      name: "encoding",
      help: "Text encoding of the data: utf-8, ascii or latin1",
      fallback: "utf-8"
    }),
    idle: optionValue.time({
      name: "idle",
      help: "After the first byte, stop when no data arrives for this long",
      fallback: "1s"
    }),
    maxBytes: optionValue.bytes({
      name: "max-bytes",
      help: "Fail if the server sends more bytes than this",
      fallback: "1048576"
    }),
    once: networkOptions.flag("once", "Receive only once, as in the lesson; --idle and --max-bytes have no effect")
  },
  TLS: {
    tls: tlsOptions.tls("Use TLS, and verify the certificate of the server"),
    ...tlsOptions.verification,
    ...tlsOptions.identity,
    ...tlsOptions.alpn
  },
  Output: networkOptions.messages(
    "Report on stderr each attempt to connect, with its time, and the result of the TLS handshake"
  )
}

const operands = networkOptions.operands("Port")

export const definition: Definition = {
  summary: "Connect to a server and print what it sends until it closes.",
  operands,
  groups,
  examples: [
    ["Print what a server sends", "effect-sockets client 127.0.0.1 8080"],
    ["Use TLS", "effect-sockets client example.org 443 --tls"],
    ["Use a Unix socket", "effect-sockets client unix:/tmp/x.sock"],
    ["Wait a minute for the first byte", "effect-sockets client localhost 8080 --timeout 1m"]
  ],
  exitCodes: exitCode.meanings({
    0: "The server closed the connection, --idle passed, or --once received",
    1: "Network, decoding or output error, or more than --max-bytes",
    124: "--timeout passed",
    ...exitCode.signalled
  })
}

export const command = Command.make("client", { ...flat(groups), ...operands }, words =>
  Effect.flatMap(networkOptions.read(words), config =>
    Effect.flatMap(tlsOptions.readClient(words, words.tls), clientTls => failOnSignal(client({ ...config, clientTls })))
  )
).pipe(Command.withDescription(definition.summary))
