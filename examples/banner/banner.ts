/** What servers say first to whoever connects, as mail servers and SSH do. For servers of your own. */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { Network, SocketError } from "effect-sockets"

export interface Options {
  /** How many are asked at a time. */
  readonly concurrency: number
  /** To connect, and again for the first word. */
  readonly timeLimit: Duration.DurationInput
}

/** The first line, or as much of it as came at once; nothing of a server that is there and says nothing. */
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

/** A banner for each server, in their order, or why there is none. */
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
