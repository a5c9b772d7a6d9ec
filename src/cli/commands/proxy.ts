/**
 * The command `proxy`: joins every client to a connection of its own to a target, and shows what passes to whoever wants
 * to see it.
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import type * as Network from "../../Network.ts"
import * as Pump from "../../Pump.ts"
import * as Socket from "../../Socket.ts"
import * as SocketAddress from "../../SocketAddress.ts"
import type * as SocketError from "../../SocketError.ts"
import { type Teller, teller } from "../kit/event.ts"
import * as hexdump from "../kit/hexdump.ts"
import * as networkOptions from "../kit/networkOptions.ts"
import { connect, listen } from "../kit/opening.ts"
import type { Output } from "../kit/output.ts"
import { place } from "../kit/place.ts"
import { serve } from "../kit/serving.ts"
import type { Signals } from "../kit/signal.ts"
import * as silence from "../kit/silence.ts"
import { target } from "../kit/target.ts"

export interface Config extends Omit<networkOptions.Connecting, "host" | "port"> {
  /** `HOST:PORT`, `:PORT` or `unix:/path`, as the target. */
  readonly listen: string
  readonly target: string
  readonly hexdump: boolean
}

/** What there has been of connections, and is. */
interface Connections {
  all: number
  open: number
}

/** A client that is joined to the target, and the bytes that came from either. */
interface Joined extends Record<Way, number> {
  readonly connection: number
  readonly from: string
}

const arrows = { sent: ">", received: "<" } as const

/** To the target, or back. */
type Way = keyof typeof arrows

type JoinError =
  | SocketError.AddressError
  | SocketError.ResolveError
  | SocketError.ConnectError
  | SocketError.RecvError
  | SocketError.SendError
  | silence.SilenceError

/**
 * Says on stderr where it listens, then joins clients to the target until a signal comes, and drains: those that are
 * joined have 10 seconds to end. The end of either half is passed on. Where the target fails its client is reset, and the
 * other way round.
 */
export const proxy = (
  config: Config
): Effect.Effect<
  void,
  SocketError.AddressError | SocketError.ResolveError | SocketError.ListenError | SocketError.AcceptError,
  Network.Network | Output | Signals
> =>
  Effect.gen(function* () {
    const here = { ...config, ...(yield* place(config.listen, config.family)) }
    const there = { ...config, ...(yield* place(config.target, config.family)) }
    const address = yield* target(there, 1)
    const told = yield* teller(config)
    const connections = { all: 0, open: 0 }
    yield* serve(config, listen(here, { onFailure: "reset" }), client =>
      Effect.suspend(() => {
        const from = SocketAddress.format(client.remoteAddress)
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

/** Both directions, until both have ended, or for too long nothing came. */
const join = (config: Config, told: Teller, client: Socket.Socket, server: Socket.Socket, joined: Joined) =>
  Effect.gen(function* () {
    const { connection, from } = joined
    const to = SocketAddress.format(server.remoteAddress)
    yield* told.detail({ event: "joined", connection, from, to }, `connection ${connection}: ${from} to ${to}`)
    const quiet = yield* silence.make(from, config.idle)
    const dump = dumper(told, connection)
    const watched = (socket: Socket.Socket, way: Way) =>
      Socket.wrap(socket, {
        onRecv: bytes => {
          if (config.hexdump) dump.add(way, bytes, joined[way])
          joined[way] += bytes.length
          quiet.broken()
        },
        // The next bytes are received when these have been shown: the sender goes no faster than that.
        beforeRecv: dump.show
      })
    const pumping = Pump.pump(watched(client, "sent"), watched(server, "received"))
    yield* Effect.raceFirst(pumping, quiet.lasted).pipe(
      Effect.tapErrorTag("SilenceError", () => server.abort),
      Effect.ensuring(dump.show)
    )
  })

/** The hexdump of a connection: rows that wait, and an effect that writes them. */
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

/** A target that is not reached is news; that somebody has gone is a detail. */
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
    `connection ${connection}: ${sent} bytes to the target, ${received} back; ${open} open, ${all} so far`
  )

export const options = {
  hexdump: Options.boolean("hexdump").pipe(
    Options.withDescription("Every byte on stderr, with its connection, > to the target or < back, and where it is")
  ),
  ...networkOptions.connecting("Nothing came or went for so long: both are reset", "To connect to the target (10s)")
}

const operand = (name: string, help: string) => Args.text({ name }).pipe(Args.withDescription(help))

const operands = {
  listen: operand("LISTEN", "HOST:PORT, :PORT of the loopback, or unix:/path; port 0 for a free one"),
  target: operand("TARGET", "The same; a name is looked up for each connection")
}

export const command = Command.make("proxy", { ...options, ...operands }, words =>
  Effect.flatMap(networkOptions.read(words), proxy)
).pipe(
  Command.withDescription(
    "Joins every client to a connection of its own to TARGET, until SIGINT or SIGTERM; then they have 10 seconds to end. " +
      "The end of either half is passed on. If either end fails the other one is reset."
  )
)
