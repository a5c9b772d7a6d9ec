/**
 * The command `server`: the other end of the lesson. Greets every client and closes.
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { serve } from "../internal/serve.ts"
import * as Network from "../Network.ts"
import * as SocketAddress from "../SocketAddress.ts"
import type * as SocketError from "../SocketError.ts"
import { greeting } from "./lesson.ts"
import { Output } from "./output.ts"
import { endOnSignal } from "./signal.ts"
import { target, type Words } from "./target.ts"

export interface Config extends Words {
  readonly message: string
}

/** Says on stderr where it listens, then serves until it is interrupted. */
export const server = (
  config: Config
): Effect.Effect<
  never,
  SocketError.AddressError | SocketError.ResolveError | SocketError.ListenError | SocketError.AcceptError,
  Network.Network | Output
> =>
  Effect.scoped(
    Effect.gen(function* () {
      const output = yield* Output
      // A server that was killed leaves its path behind.
      const listener = yield* Network.listen(yield* target(config, 0), { removeStale: true })
      yield* output.note(`listening on ${SocketAddress.format(listener.address)}`)
      const bytes = new TextEncoder().encode(config.message)
      return yield* serve(listener, socket => socket.sendAll(bytes))
    })
  )

export const options = {
  message: Options.text("message").pipe(
    Options.withDescription(`What every client is sent (${greeting})`),
    Options.withDefault<string>(greeting)
  )
}

const operands = {
  host: Args.text({ name: "HOST" }).pipe(
    Args.withDescription("A name, an IP address or unix:/path; this machine's name if left out"),
    Args.optional
  ),
  port: Args.text({ name: "PORT" }).pipe(
    Args.withDescription("808 if left out; 0 for a free one; none with unix:/path"),
    Args.optional
  )
}

export const command = Command.make("server", { ...options, ...operands }, config => endOnSignal(server(config))).pipe(
  Command.withDescription("Greets every client and closes, until SIGINT or SIGTERM.")
)
