/**
 * The command `proxy`: opens a connection to a target for each client, and forwards bytes in both directions. It can
 * also show the bytes.
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Network from "../../Network.ts"
import * as Pump from "../../Pump.ts"
import * as Socket from "../../Socket.ts"
import type * as SocketError from "../../SocketError.ts"
import { type Definition, flat } from "../kit/definition.ts"
import { type Teller, teller } from "../kit/event.ts"
import * as exitCode from "../kit/exitCode.ts"
import * as hexdump from "../kit/hexdump.ts"
import { type ListeningError, listen } from "../kit/listening.ts"
import * as networkOptions from "../kit/networkOptions.ts"
import { type ConnectError, connect } from "../kit/opening.ts"
import * as optionValue from "../kit/optionValue.ts"
import type { Output } from "../kit/output.ts"
import { peerText } from "../kit/peer.ts"
import { place } from "../kit/place.ts"
import { plural } from "../kit/plural.ts"
import { serve } from "../kit/serving.ts"
import type { Signals } from "../kit/signal.ts"
import * as silence from "../kit/silence.ts"
import { target } from "../kit/target.ts"
import * as tlsOptions from "../kit/tlsOptions.ts"

export interface Config extends Omit<networkOptions.Connecting, "host" | "port"> {
  /** Where to listen: `HOST:PORT`, `:PORT` or `unix:/path`. */
  readonly listen: string
  /** Where to connect: `HOST:PORT`, `:PORT` or `unix:/path`. */
  readonly target: string
  /** True to show every byte on stderr. */
  readonly hexdump: boolean
  /**
   * Idle timeout after the client or the target has stopped sending. If no byte moves for this long, both connections
   * are reset.
   */
  readonly halfOpen: Duration.Duration
}

interface Connections {
  /** The number of connections so far. */
  all: number
  /** The number of connections that are open now. */
  open: number
}

/** A client, and the number of bytes that the client and the target have sent. */
interface Joined extends Record<Way, number> {
  readonly connection: number
  readonly from: string
}

const arrows = { sent: ">", received: "<" } as const

/** The direction of bytes: `sent` to the target, `received` from the target. */
type Way = keyof typeof arrows

type JoinError = ConnectError | SocketError.RecvError | SocketError.SendError | silence.SilenceError

/**
 * Listens, reports the address on stderr, and forwards clients to the target until a signal arrives. Then clients have
 * 10 seconds to finish. If the client stops sending, the proxy ends its stream to the target, and vice versa. If the
 * connection of the client or of the target fails, the proxy resets the other connection of the pair.
 */
export const proxy = (
  config: Config
): Effect.Effect<void, ListeningError | SocketError.AcceptError, Network.Network | Output | Signals> =>
  Effect.gen(function* () {
    const here = { ...config, ...(yield* place(config.listen, config.family)) }
    const there = { ...config, ...(yield* place(config.target, config.family)) }
    const address = yield* target(there, 1)
    const told = yield* teller(config)
    const connections = { all: 0, open: 0 }
    yield* serve(config, listen(here, { onFailure: "reset" }), client =>
      Effect.suspend(() => {
        const from = peerText(client.remoteAddress)
        const joined = { connection: ++connections.all, from, sent: 0, received: 0 }
        connections.open += 1
        const passing = Effect.flatMap(connect(there, Effect.succeed(address)), server =>
          join(config, told, client, server, joined)
        )
        return passing.pipe(
          Effect.catchAll(error => Effect.zipRight(failed(told, error, joined), client.abort)),
          Effect.ensuring(
            Effect.suspend(() => {
              connections.open -= 1
              return ended(told, joined, connections)
            })
          )
        )
      })
    )
  })

/** Forwards bytes in both directions until both directions have ended. Fails if no byte moves for `--idle`. */
const join = (config: Config, told: Teller, client: Socket.Socket, server: Socket.Socket, joined: Joined) =>
  Effect.gen(function* () {
    const { connection, from } = joined
    const to = peerText(server.remoteAddress)
    yield* told.detail(
      { event: "joined", connection, from, to },
      `connection ${connection}: forwarding ${from} to ${to}`
    )
    const quiet = yield* silence.make(from, config.idle)
    const dump = dumper(told, connection)
    const watched = (socket: Socket.Socket, way: Way) =>
      Socket.wrap(socket, {
        onRecv: bytes => {
          if (config.hexdump) dump.add(way, bytes, joined[way])
          joined[way] += bytes.length
          quiet.broken()
        },
        // The hexdump is written before more bytes are received, so a fast sender waits for the hexdump.
        beforeRecv: dump.show
      })
    const pumping = Pump.pump(watched(client, "sent"), watched(server, "received"), {
      halfOpenTimeout: config.halfOpen
    })
    yield* Effect.raceFirst(pumping, quiet.lasted).pipe(
      Effect.tapErrorTag("SilenceError", () => server.abort),
      Effect.ensuring(dump.show)
    )
  })

/** The hexdump of a connection. `add` collects rows, and `show` writes them. */
const dumper = ({ tell }: Teller, connection: number) => {
  let waiting: Array<hexdump.Row & { readonly way: Way }> = []
  return {
    add: (way: Way, bytes: Uint8Array, offset: number): void => {
      for (const row of hexdump.rows(bytes, offset)) waiting.push({ way, ...row })
    },
    show: Effect.suspend(() => {
      const rows = waiting
      waiting = []
      return Effect.forEach(
        rows,
        ({ way, ...row }) =>
          tell({ event: "bytes", connection, way, ...row }, `${connection} ${arrows[way]} ${hexdump.line(row)}`),
        { discard: true }
      )
    })
  }
}

/**
 * Reports why the forwarding of a client failed. If the connect to the target or its TLS handshake failed, always
 * reports it. If the client or the target failed later, reports it only with `-v` or `--json`.
 */
const failed = ({ detail, tell }: Teller, error: JoinError, { connection, from }: Joined) => {
  const { _tag, message } = error
  const reason = "reason" in error ? error.reason : undefined
  const code = "code" in error ? error.code : undefined
  const say = _tag === "RecvError" || _tag === "SendError" || _tag === "SilenceError" ? detail : tell
  return say(
    { event: "failed", connection, from, error: _tag, reason, code, message },
    `connection ${connection}: ${message}`
  )
}

const ended = ({ detail }: Teller, { connection, from, received, sent }: Joined, { all, open }: Connections) =>
  detail(
    { event: "parted", connection, from, sent, received, open, all },
    `connection ${connection}: ${plural(sent, "byte")} to the target, ${plural(received, "byte")} back; ` +
      `${plural(open, "connection")} open, ${all} in total`
  )

const groups = {
  Connecting: {
    ...networkOptions.families,
    timeout: networkOptions.timeout("Timeout for connecting to the target, and again for its TLS handshake", "10s"),
    idle: networkOptions.idle(
      "Reset a client and its connection to the target when no byte moves for this long, such as 30s"
    ),
    halfOpen: optionValue.time({
      name: "half-open",
      help: "Idle timeout after the client or the target has stopped sending",
      fallback: "2m"
    })
  },
  "TLS of the clients": tlsOptions.serving,
  "TLS of the target": {
    targetTls: networkOptions.flag("target-tls", "Use TLS to the target, and verify its certificate"),
    ...tlsOptions.verification
  },
  Output: {
    hexdump: networkOptions.flag(
      "hexdump",
      "Show every byte on stderr, with its connection, its direction (> to the target, < back) and its offset"
    ),
    ...networkOptions.messages(
      "Report on stderr each client, each attempt to connect, each TLS handshake, and the bytes moved"
    )
  }
}

const operand = (name: string, help: string) => Args.text({ name }).pipe(Args.withDescription(help))

const operands = {
  listen: operand("LISTEN", "HOST:PORT, :PORT (on the loopback address) or unix:/path; port 0 takes a free port"),
  target: operand("TARGET", "HOST:PORT, :PORT or unix:/path; a name is looked up again for each client")
}

export const definition: Definition = {
  summary: "Forward every client over its own connection to a target.",
  operands,
  groups,
  examples: [
    ["Show the bytes between a client and a server", "effect-sockets proxy :7009 :7007 --hexdump"],
    ["Use TLS to a target, and none to the clients", "effect-sockets proxy :8080 example.org:443 --target-tls"],
    ["Forward a port to a Unix socket", "effect-sockets proxy 127.0.0.1:8080 unix:/tmp/x.sock"]
  ],
  exitCodes: exitCode.meanings(exitCode.served)
}

export const command = Command.make("proxy", { ...flat(groups), ...operands }, words =>
  Effect.gen(function* () {
    const config = yield* networkOptions.read(words)
    const serverTls = yield* tlsOptions.readServer(words, words.tls)
    const { tlsCa, tlsInsecure, tlsName } = words
    const clientTls = yield* tlsOptions.readClient({ tlsCa, tlsInsecure, tlsName }, words.targetTls, "--target-tls")
    yield* proxy({ ...config, serverTls, clientTls })
  })
).pipe(Command.withDescription(definition.summary))
