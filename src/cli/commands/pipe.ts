/**
 * The command `pipe`: stdin to a connection, and what comes of it to stdout, as bytes. It connects, or with `--listen`
 * takes the first that comes.
 */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Network from "../../Network.ts"
import type * as Socket from "../../Socket.ts"
import * as SocketAddress from "../../SocketAddress.ts"
import type * as SocketError from "../../SocketError.ts"
import { teller } from "../kit/event.ts"
import { Input, type InputError, type Reader } from "../kit/input.ts"
import * as networkOptions from "../kit/networkOptions.ts"
import { connect, listen } from "../kit/opening.ts"
import * as optionValue from "../kit/optionValue.ts"
import { Output, type OutputError } from "../kit/output.ts"
import { type Moved, showing } from "../kit/showing.ts"
import { failOnSignal } from "../kit/signal.ts"
import * as silence from "../kit/silence.ts"

const ends = ["half-close", "close", "ignore"] as const

export interface Config extends networkOptions.Connecting {
  readonly listen: boolean
  /** What the end of stdin does: ends our half; ends all; nothing. */
  readonly eof: (typeof ends)[number]
  readonly progress: boolean
}

export type PipeError =
  | SocketError.AddressError
  | SocketError.ResolveError
  | SocketError.ConnectError
  | SocketError.ListenError
  | SocketError.AcceptError
  | SocketError.RecvError
  | InputError
  | OutputError
  | silence.SilenceError

/**
 * Ends when the peer does, with all that came written, and does not wait for stdin then. The end of stdin is what `eof`
 * says. Fails with a reset after what came before it. Failed or interrupted, it resets: what was cut never looks whole.
 */
export const piping = (config: Config): Effect.Effect<void, PipeError, Network.Network | Input | Output> =>
  Effect.scoped(
    Effect.gen(function* () {
      const socket = yield* config.listen ? accept(config) : connect(config)
      const { open } = yield* Input
      const stdin = yield* open
      const moved = { sent: 0, received: 0, isAllSent: false }
      const quiet = yield* silence.make(SocketAddress.format(socket.remoteAddress), config.idle)
      const first = Effect.raceFirst(incoming(socket, moved, quiet), outgoing(socket, stdin, config, moved, quiet))
      const moving = Effect.raceFirst(first, quiet.lasted)
      yield* config.progress ? showing(moving, moved, stdin.size) : moving
      yield* summary(config, socket, moved, stdin)
    })
  )

/** One client, and then nobody listens any more. */
const accept = (
  config: Config
): Effect.Effect<
  Socket.Socket,
  | SocketError.AddressError
  | SocketError.ResolveError
  | SocketError.ListenError
  | SocketError.AcceptError
  | silence.SilenceError,
  Network.Network | Output | Scope.Scope
> =>
  Effect.gen(function* () {
    const listener = yield* listen(config, { onFailure: "reset" })
    const socket = yield* Option.match(config.timeout, {
      onNone: () => listener.accept,
      onSome: limit => {
        const address = SocketAddress.format(listener.address)
        const onTimeout = () => new silence.SilenceError({ address, what: "nobody connected", limit })
        return Effect.timeoutFail(listener.accept, { duration: limit, onTimeout })
      }
    })
    yield* listener.close
    const { detail } = yield* teller(config)
    const from = SocketAddress.format(socket.remoteAddress)
    yield* detail({ event: "accepted", from }, `accepted ${from}`)
    return socket
  })

interface Sent extends Moved {
  /** Whether stdin has ended: a file may hold less than its size said. */
  isAllSent: boolean
}

const bufsize = 65536

/** To the peer's end. */
const incoming = (socket: Socket.Socket, moved: Moved, quiet: silence.Silence) =>
  Effect.gen(function* () {
    const output = yield* Output
    while (true) {
      const bytes = yield* Effect.tapError(socket.recv(bufsize), () => Effect.ignore(output.writeEnd))
      if (Option.isNone(bytes)) return yield* output.writeEnd
      quiet.broken()
      yield* output.write(bytes.value)
      moved.received += bytes.value.length
    }
  })

/** Ends only where the end of stdin ends all. */
const outgoing = (
  socket: Socket.Socket,
  stdin: Reader,
  { eof }: Config,
  moved: Sent,
  quiet: silence.Silence
): Effect.Effect<void, InputError> => {
  const sending = Effect.gen(function* () {
    while (true) {
      const bytes = yield* stdin.read
      if (Option.isNone(bytes)) break
      yield* socket.sendAll(bytes.value)
      quiet.broken()
      moved.sent += bytes.value.length
    }
    moved.isAllSent = true
    if (eof !== "ignore") yield* socket.shutdownSend
    if (eof !== "close") yield* Effect.never
  })
  // Whoever takes no more has ended or reset: receiving tells which, after all that came.
  return Effect.catchTag(sending, "SendError", () => Effect.never)
}

/** What went where; and that some of stdin did not, where that is known. */
const summary = (config: Config, socket: Socket.Socket, { isAllSent, received, sent }: Sent, stdin: Reader) =>
  Effect.gen(function* () {
    const { detail, tell } = yield* teller(config)
    const address = SocketAddress.format(socket.remoteAddress)
    const unsent = isAllSent ? 0 : Option.getOrElse(stdin.size, () => 0) - sent
    if (unsent > 0) {
      const text = `${address}: the peer ended; ${unsent} bytes of stdin were not sent`
      yield* tell({ event: "cut", address, unsent }, text)
    }
    yield* detail(
      { event: "ended", address, sent, received },
      `ended ${address}: ${sent} bytes sent, ${received} received`
    )
  })

export const options = {
  listen: Options.boolean("listen").pipe(
    Options.withDescription("Listen on HOST and PORT instead, and take one connection")
  ),
  eof: optionValue.oneOf({ name: "eof", help: "What the end of stdin does", fallback: "half-close", values: ends }),
  progress: Options.boolean("progress").pipe(
    Options.withDescription("Bytes, rate and time on stderr, and how much is left of a file; only on a terminal")
  ),
  ...networkOptions.connecting(
    "Nothing came or went for so long: exit 124",
    "To connect (10s), or with --listen for a client to come (no limit)"
  )
}

const operands = networkOptions.operands("808 if left out; 0 for a free one")

export const command = Command.make("pipe", { ...options, ...operands }, words =>
  Effect.flatMap(networkOptions.read(words), config => failOnSignal(piping(config)))
).pipe(
  Command.withDescription(
    "Stdin to the connection, and the connection to stdout, byte for byte. The end of stdin ends our half, and what " +
      "still comes is written. The peer's end ends all: what came has been written, and stdin is not waited for (exit " +
      "0; to receive and send nothing, --eof ignore). A reset is exit 1, after what came before it. With --eof close " +
      "the end of stdin ends all."
  )
)
