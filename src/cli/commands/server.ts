/**
 * The command `server`: the other end of the lesson. Greets every client and closes.
 */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Network from "../../Network.ts"
import type * as SocketError from "../../SocketError.ts"
import * as networkOptions from "../kit/networkOptions.ts"
import { listen } from "../kit/opening.ts"
import type { Output } from "../kit/output.ts"
import { serve } from "../kit/serving.ts"
import type { Signals } from "../kit/signal.ts"
import { greeting } from "./lesson.ts"

export interface Config extends networkOptions.Listening {
  readonly message: string
}

/**
 * Says on stderr where it listens, then serves until a signal comes, and drains: whoever is being greeted is waited for.
 */
export const server = (
  config: Config
): Effect.Effect<
  void,
  SocketError.AddressError | SocketError.ResolveError | SocketError.ListenError | SocketError.AcceptError,
  Network.Network | Output | Signals
> => {
  const bytes = new TextEncoder().encode(config.message)
  const listening = listen(config, { timeouts: { sendTimeout: Option.getOrUndefined(config.idle) } })
  return serve(config, listening, socket => socket.sendAll(bytes))
}

export const options = {
  message: Options.text("message").pipe(
    Options.withDescription(`What every client is sent (${greeting})`),
    Options.withDefault<string>(greeting)
  ),
  ...networkOptions.listening("How long a client may take nothing, before it is cut")
}

const operands = networkOptions.operands("808 if left out; 0 for a free one")

export const command = Command.make("server", { ...options, ...operands }, words =>
  Effect.flatMap(networkOptions.read(words), server)
).pipe(
  Command.withDescription(
    "Greets every client and closes, until SIGINT or SIGTERM; then it finishes what it has begun."
  )
)
