/**
 * The command `client`: connects, prints what comes as text, and ends when the peer does, or falls silent.
 */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Client from "../../Client.ts"
import type * as Encoding from "../../Encoding.ts"
import type * as Network from "../../Network.ts"
import * as SocketAddress from "../../SocketAddress.ts"
import * as SocketError from "../../SocketError.ts"
import { teller, type Watching } from "../kit/event.ts"
import * as networkOptions from "../kit/networkOptions.ts"
import { onAttempt } from "../kit/opening.ts"
import * as optionValue from "../kit/optionValue.ts"
import { Output, type OutputError } from "../kit/output.ts"
import { failOnSignal } from "../kit/signal.ts"
import { target, type Words } from "../kit/target.ts"

export interface Config extends Words, Watching {
  readonly bufsize: number
  readonly encoding: Encoding.Encoding
  /** To connect, and again for the first byte. */
  readonly timeout: Duration.Duration
  readonly idle: Duration.Duration
  readonly maxBytes: number
  readonly once: boolean
}

/**
 * Whatever came before a failure has been printed, and stands on lines of its own: a newline is added where the last
 * one is missing (not after a signal, when nobody may be reading any more). Nothing received prints nothing.
 */
export const client = (
  config: Config
): Effect.Effect<
  void,
  Client.ClientError<SocketAddress.HostPort> | SocketError.AddressError | SocketError.LimitExceeded | OutputError,
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
    const asked = { ...config, onAttempt: yield* onAttempt(config) }
    const end = yield* Effect.tapError(receive(address, asked, print), () => Effect.ignore(endLine))
    yield* endLine
    if (end === "MaxBytes") {
      return yield* new SocketError.LimitExceeded({ operation: "recv", limit: config.maxBytes })
    }
    if (end === "Idle") {
      const where = SocketAddress.format(address)
      const { tell } = yield* teller(config)
      const event = { event: "idle", address: where, millis: Duration.toMillis(config.idle) }
      yield* tell(event, `recv ${where}: no more for ${Duration.format(config.idle)}; the peer is still open`)
    }
  })

/** Prints in pieces, each of whole characters, as they come, and says why there are no more. */
const receive = (
  address: SocketAddress.SocketAddress,
  config: Config & Network.ConnectOptions,
  print: (text: string) => Effect.Effect<void, OutputError>
) =>
  config.once
    ? Effect.as(Effect.flatMap(Client.receiveOnce(address, config), print), "End" as const)
    : Effect.map(
        Client.receiveMessage(address, { ...config, idleTimeout: config.idle, onText: print }),
        message => message.end
      )

export const options = {
  bufsize: optionValue.bytes({ name: "bufsize", help: "The most to receive at a time, in bytes", fallback: "1024" }),
  encoding: optionValue.encoding({ name: "encoding", help: "How the bytes are text", fallback: "utf-8" }),
  timeout: optionValue.time({
    name: "timeout",
    help: "To connect, and for the first byte: ms, s, m or h",
    fallback: "10s"
  }),
  idle: optionValue.time({
    name: "idle",
    help: "After the first byte: no more for so long ends the message",
    fallback: "1s"
  }),
  maxBytes: optionValue.bytes({
    name: "max-bytes",
    help: "The most to receive in all; more is an error",
    fallback: "1048576"
  }),
  once: Options.boolean("once").pipe(
    Options.withDescription("Receive exactly once, as in the lesson; --idle and --max-bytes do not matter then")
  ),
  ...networkOptions.shared
}

const operands = networkOptions.operands("808 if left out")

export const command = Command.make("client", { ...options, ...operands }, words =>
  Effect.flatMap(networkOptions.read(words), config => failOnSignal(client(config)))
).pipe(Command.withDescription("Connects, prints what the server sends, and ends when it does."))
