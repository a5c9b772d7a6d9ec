/** Receives the first line that servers send to a new connection, as mail and SSH servers do. For your own servers only. */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { Network, SocketError } from "effect-sockets"

export interface Options {
  /** How many servers are asked at the same time. */
  readonly concurrency: number
  /** The timeout of the connect, and of the receive after it. */
  readonly timeLimit: Duration.DurationInput
}

/** Returns the first line, or the part of it that came first. If the server sends nothing, returns an empty text. */
const bannerOf = (server: string, { timeLimit }: Options) =>
  Network.withConnection(
    server,
    socket =>
      socket.recvText(512, "latin1").pipe(
        Effect.map(Option.match({ onNone: () => "", onSome: text => text.split(/\r?\n/, 1)[0] ?? "" })),
        Effect.catchIf(SocketError.isTimeout, () => Effect.succeed(""))
      ),
    { timeout: timeLimit, timeouts: { recvTimeout: timeLimit } }
  )

/** Returns a banner or an error for each server, in the order of the servers. */
export const program = (servers: ReadonlyArray<string>, options: Options) =>
  Effect.forEach(
    servers,
    server =>
      Effect.map(
        Effect.either(bannerOf(server, options)),
        Either.match({
          onLeft: error => ({ server, error: error.message }),
          onRight: banner => ({ server, banner })
        })
      ),
    { concurrency: options.concurrency }
  )
