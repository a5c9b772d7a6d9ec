/**
 * The command `pipe`: sends stdin to a connection, and writes the received bytes to stdout. It connects to a server.
 * With `--listen`, it accepts one client instead.
 */
import * as Command from "@effect/cli/Command"
import * as Arr from "effect/Array"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Network from "../../Network.ts"
import type * as Socket from "../../Socket.ts"
import * as SocketAddress from "../../SocketAddress.ts"
import type * as SocketError from "../../SocketError.ts"
import { type Definition, flat } from "../kit/definition.ts"
import { teller } from "../kit/event.ts"
import * as exitCode from "../kit/exitCode.ts"
import { Input, type InputError, type Reader } from "../kit/input.ts"
import { type ListeningError, listen } from "../kit/listening.ts"
import * as networkOptions from "../kit/networkOptions.ts"
import { type ConnectError, connect } from "../kit/opening.ts"
import * as optionValue from "../kit/optionValue.ts"
import { Output, OutputError } from "../kit/output.ts"
import { peerText } from "../kit/peer.ts"
import { plural } from "../kit/plural.ts"
import { tellInfo } from "../kit/securing.ts"
import { type Moved, showing } from "../kit/showing.ts"
import { failOnSignal } from "../kit/signal.ts"
import * as silence from "../kit/silence.ts"
import { timeoutFail } from "../kit/timeout.ts"
import * as tlsOptions from "../kit/tlsOptions.ts"

const ends = ["half-close", "close", "ignore"] as const

export interface Config extends networkOptions.Connecting {
  /** True to accept one client instead of connecting. */
  readonly listen: boolean
  /**
   * What pipe does at the end of stdin:
   * - `half-close`: ends the sending half of the connection, and keeps receiving.
   * - `close`: closes the connection.
   * - `ignore`: leaves the connection as it is, and keeps receiving.
   */
  readonly eof: (typeof ends)[number]
  /** True to show the progress on stderr if stderr is a terminal. */
  readonly progress: boolean
}

export type PipeError =
  | ConnectError
  | ListeningError
  | SocketError.AcceptError
  | SocketError.RecvError
  | SocketError.SendError
  | InputError
  | OutputError
  | silence.SilenceError

/**
 * Sends stdin and writes the received bytes to stdout, until stdin and the peer have ended. `eof` decides what happens
 * at the end of stdin. When the peer ends, pipe continues to send stdin, because the peer may still receive. But if
 * stdin is a terminal, pipe does not wait for more input.
 *
 * If a send fails, pipe receives until the peer ends, then fails. If the peer resets, pipe writes the bytes that it
 * received before, then fails. If pipe fails or is interrupted, the connection is reset. So the peer notices that the
 * stream is incomplete. A Unix socket is closed instead.
 */
export const piping = (config: Config): Effect.Effect<void, PipeError, Network.Network | Input | Output> =>
  Effect.scoped(
    Effect.gen(function* () {
      const socket = yield* config.listen ? accept(config) : connect(config)
      const { isTerminal, open } = yield* Input
      const stdin = yield* open
      const moved: Sent = { sent: 0, received: 0, isAllSent: false, isSending: false, refused: undefined }
      const quiet = yield* silence.make(peerText(socket.remoteAddress), config.idle)
      const peerEnded = yield* Deferred.make<void>()
      const closing = yield* Deferred.make<void>()
      const ended = Effect.as(Deferred.await(peerEnded), Option.none())
      const read = isTerminal ? Effect.raceFirst(stdin.read, ended) : stdin.read
      const isClosing = Effect.sync(() => config.eof === "close" && moved.isAllSent)
      const both = Effect.zip(
        Effect.zipRight(incoming(socket, moved, quiet), Deferred.succeed(peerEnded, undefined)),
        Effect.zipRight(
          outgoing(socket, read, config, moved, quiet),
          Effect.whenEffect(Deferred.succeed(closing, undefined), isClosing)
        ),
        { concurrent: true }
      )
      const first = Effect.raceFirst(Effect.raceFirst(both, Deferred.await(closing)), quiet.lasted)
      const moving = Effect.zipRight(
        first,
        Effect.suspend(() => moved.refused ?? Effect.void)
      )
      yield* (config.progress ? showing(moving, moved, stdin.size) : moving).pipe(
        Effect.catchTag(
          "OutputError",
          error => new OutputError({ ...error, reason: lossOr(error.reason, moved, stdin) })
        ),
        Effect.tapError(() => tellUnsent(config, socket, moved, stdin))
      )
      yield* tellEnded(config, socket, moved)
    })
  )

/** Listens, accepts one client, and closes the listeners. */
const accept = (
  config: Config
): Effect.Effect<
  Socket.Socket,
  ListeningError | SocketError.AcceptError | silence.SilenceError,
  Network.Network | Output | Scope.Scope
> =>
  Effect.gen(function* () {
    const listeners = yield* listen(config, { onFailure: "reset" })
    const first = Arr.reduce(Arr.tailNonEmpty(listeners), listeners[0].accept, (race, { accept }) =>
      Effect.raceFirst(race, accept)
    )
    const socket = yield* Option.match(config.timeout, {
      onNone: () => first,
      onSome: timeout => {
        const address = SocketAddress.format(listeners[0].address)
        const onTimeout = () => new silence.SilenceError({ address, what: "no client connected", timeout })
        return timeoutFail(first, timeout, onTimeout)
      }
    })
    yield* Effect.forEach(listeners, ({ close }) => close)
    const told = yield* teller(config)
    const from = peerText(socket.remoteAddress)
    yield* told.detail({ event: "accepted", from }, `accepted ${from}`)
    yield* tellInfo(told, socket)
    return socket
  })

interface Sent extends Moved {
  /**
   * True if stdin has ended and all its bytes were sent. A comparison of `sent` with the size of stdin does not show
   * this, because a file can end before its reported size.
   */
  isAllSent: boolean
  /** True while bytes that were read from stdin are not yet sent. */
  isSending: boolean
  /** The error of a send that failed. Undefined if no send has failed. */
  refused: SocketError.SendError | undefined
}

const bufsize = 65536

/** Writes received bytes to stdout until the peer ends. */
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

/**
 * Sends stdin until stdin ends or a send fails. The error of a failed send is stored in `moved.refused` and reported
 * later, because more bytes may still arrive from the peer.
 */
const outgoing = (
  socket: Socket.Socket,
  read: Reader["read"],
  { eof }: Config,
  moved: Sent,
  quiet: silence.Silence
): Effect.Effect<void, InputError> => {
  const sending = Effect.gen(function* () {
    while (true) {
      const bytes = yield* read
      if (Option.isNone(bytes)) break
      moved.isSending = true
      yield* socket.sendAll(bytes.value)
      moved.isSending = false
      quiet.broken()
      moved.sent += bytes.value.length
    }
    moved.isAllSent = true
    if (eof !== "ignore") yield* socket.shutdownSend
  })
  return Effect.catchTag(sending, "SendError", error =>
    Effect.sync(() => {
      moved.sent += error.bytesAccepted
      moved.refused = error
    })
  )
}

/** Returns the number of bytes of stdin that were not sent. Returns 0 if the size of stdin is unknown. */
const unsentOf = ({ isAllSent, sent }: Sent, { size }: Reader): number =>
  isAllSent ? 0 : Math.max(0, Option.getOrElse(size, () => 0) - sent)

/**
 * Returns the reason to report if stdout cannot be written. A closed stdout is a failure only if it is known that some
 * bytes of stdin were not sent.
 */
const lossOr = (reason: OutputError["reason"], moved: Sent, stdin: Reader): OutputError["reason"] =>
  moved.isSending || unsentOf(moved, stdin) > 0 ? "Failed" : reason

const tellUnsent = (config: Config, socket: Socket.Socket, moved: Sent, stdin: Reader) =>
  Effect.gen(function* () {
    const { tell } = yield* teller(config)
    const address = peerText(socket.remoteAddress)
    const unsent = unsentOf(moved, stdin)
    const text = `${address}: ${plural(unsent, "byte")} of stdin ${unsent === 1 ? "was" : "were"} not sent`
    if (unsent > 0) yield* tell({ event: "cut", address, unsent }, text)
  })

const tellEnded = (config: Config, socket: Socket.Socket, { received, sent }: Sent) =>
  Effect.gen(function* () {
    const { detail } = yield* teller(config)
    const address = peerText(socket.remoteAddress)
    yield* detail(
      { event: "ended", address, sent, received },
      `ended ${address}: ${plural(sent, "byte")} sent, ${plural(received, "byte")} received`
    )
  })

const groups = {
  Connecting: {
    listen: networkOptions.flag("listen", "Listen on HOST and PORT instead, and accept one client"),
    ...networkOptions.families,
    ...networkOptions.sources,
    timeout: networkOptions.timeout(
      "Timeout for connecting, and again for the TLS handshake, or with --listen, for a client to connect",
      "10s; with --listen, no timeout"
    )
  },
  Data: {
    eof: optionValue.oneOf({
      name: "eof",
      kind: "ACTION",
      help: "At the end of stdin: half-close (stop sending, keep receiving), close (close the connection) or ignore",
      fallback: "half-close",
      values: ends
    }),
    idle: networkOptions.idle("Fail when no byte moves for this long, such as 30s")
  },
  TLS: {
    tls: tlsOptions.tls("Use TLS; with --listen, needs --tls-cert and --tls-key"),
    ...tlsOptions.verification,
    ...tlsOptions.identity,
    ...tlsOptions.clientCa,
    ...tlsOptions.alpn
  },
  Output: {
    progress: networkOptions.flag(
      "progress",
      "If stderr is a terminal, show the bytes moved, the rate and the time; if stdin is a file, also the time left"
    ),
    ...networkOptions.messages(
      "Report on stderr each attempt to connect, the client that connected, the TLS handshake, and the bytes moved"
    )
  }
}

const operands = networkOptions.operands("Port; with --listen, 0 takes a free port")

export const definition: Definition = {
  summary: "Send stdin to a connection and write the received bytes to stdout, until stdin and the peer have ended.",
  operands,
  groups,
  examples: [
    ["Send a line and print the answer", "echo hello | effect-sockets pipe 127.0.0.1 7007"],
    ["Send a request over TLS", "cat request | effect-sockets pipe example.org 443 --tls"],
    ["Send a file", "effect-sockets pipe 127.0.0.1 7008 --progress < file"],
    ["Receive a file", "effect-sockets pipe --listen 127.0.0.1 7008 < /dev/null > file"]
  ],
  exitCodes: exitCode.meanings({
    0: "All of stdin was sent (or it is a terminal), and the peer closed; with --eof close, pipe does not wait for the peer",
    1: "Network, input or output error",
    124: "--timeout or --idle passed",
    ...exitCode.signalled
  })
}

export const command = Command.make("pipe", { ...flat(groups), ...operands }, words =>
  Effect.gen(function* () {
    const config = yield* networkOptions.read(words)
    const { alpn, listen, source, sourcePort, tlsCa, tlsCert, tlsClientCa, tlsInsecure, tlsKey, tlsName } = words
    const ofClient = {
      "--source": source,
      "--source-port": sourcePort,
      "--tls-name": tlsName,
      "--tls-ca": tlsCa,
      "--tls-insecure": tlsInsecure
    }
    yield* listen
      ? tlsOptions.none(ofClient, "and --listen exclude each other")
      : tlsOptions.none({ "--tls-client-ca": tlsClientCa }, "needs --listen")
    const serverTls = listen
      ? yield* tlsOptions.readServer({ tlsCert, tlsKey, tlsClientCa, alpn }, words.tls)
      : undefined
    const clientTls = listen ? undefined : yield* tlsOptions.readClient(words, words.tls)
    yield* failOnSignal(piping({ ...config, serverTls, clientTls }))
  })
).pipe(Command.withDescription(definition.summary))
