/**
 * The command `server`: the other end of the lesson. Greets every client and closes.
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Network from "../Network.ts"
import * as Server from "../Server.ts"
import * as SocketAddress from "../SocketAddress.ts"
import type * as SocketError from "../SocketError.ts"
import { greeting } from "./lesson.ts"
import { Output } from "./output.ts"
import { Signals } from "./signal.ts"
import { target, type Words } from "./target.ts"

export interface Config extends Words {
  readonly message: string
}

/** A server that was killed leaves its path behind. */
const listening = (config: Config) =>
  Effect.flatMap(target(config, 0), address => Network.listen(address, { removeStale: true }))

/**
 * Says on stderr where it listens, then serves until a signal comes, and drains: whoever is being greeted is waited for.
 */
export const server = (
  config: Config
): Effect.Effect<
  void,
  SocketError.AddressError | SocketError.ResolveError | SocketError.ListenError | SocketError.AcceptError,
  Network.Network | Output | Signals
> =>
  Effect.scoped(
    Effect.gen(function* () {
      const output = yield* Output
      const { nextThen130 } = yield* Signals
      // It is heard from the beginning on: a name may take its time.
      const signal = yield* Effect.fork(nextThen130)
      const listener = yield* Effect.raceFirst(
        Effect.asSome(listening(config)),
        Effect.as(Fiber.join(signal), Option.none())
      )
      if (Option.isNone(listener)) return
      const bytes = new TextEncoder().encode(config.message)
      const running = yield* Server.make(listener.value, socket => socket.sendAll(bytes))
      yield* output.note(`listening on ${SocketAddress.format(running.address)}`)
      yield* Effect.raceFirst(Fiber.join(signal), running.join)
      const busy = (yield* running.connections).filter(({ state }) => state === "Handling").length
      if (busy > 0) {
        yield* output.note(`draining, ${busy === 1 ? "1 connection" : `${busy} connections`} to go; again to leave now`)
      }
      yield* running.drain
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

export const command = Command.make("server", { ...options, ...operands }, server).pipe(
  Command.withDescription(
    "Greets every client and closes, until SIGINT or SIGTERM; then it finishes what it has begun."
  )
)
