/** Servers that record the outcome of each connection, and a Logger that records what was logged. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Network from "../../src/Network.ts"
import * as Server from "../../src/Server.ts"
import type * as Socket from "../../src/Socket.ts"

/** Receives to the end. Returns the text and how the connection ended, separated by `|`. */
export const seenBy = (socket: Socket.Socket): Effect.Effect<string> =>
  Effect.gen(function* () {
    let text = ""
    while (true) {
      const next = yield* Effect.either(socket.recv(65536))
      if (next._tag === "Left") return `${text}|${next.left.reason}`
      if (Option.isNone(next.right)) return `${text}|end`
      text += new TextDecoder().decode(next.right.value)
    }
  })

/** Starts a server on a free port. `next` waits for the next outcome, and `rest` returns the reasons of all others. */
export const watched = <E, R>(
  handler: Server.Handler<E, R>,
  options?: Omit<Server.RunOptions<E>, "onOutcome"> & Network.ListenOptions
): Effect.Effect<
  Server.Service & { readonly next: Effect.Effect<Server.Outcome<E>>; readonly rest: Effect.Effect<Array<string>> },
  never,
  Exclude<R, Scope.Scope | Server.Draining> | Network.Network | Scope.Scope
> =>
  Effect.gen(function* () {
    const outcomes = yield* Queue.unbounded<Server.Outcome<E>>()
    const listener = yield* Effect.orDie(Network.listen("127.0.0.1:0", options))
    const server = yield* Server.make(listener, handler, {
      ...options,
      onOutcome: outcome => Effect.asVoid(Queue.offer(outcomes, outcome))
    })
    const rest = Effect.map(Queue.takeAll(outcomes), all => Chunk.toArray(all).map(({ reason }) => reason))
    return { ...server, next: Queue.take(outcomes), rest }
  })

export interface Line {
  readonly level: string
  readonly message: string
}

/** Runs an effect, and also returns what it logged at debug level or above. */
export const logged = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<readonly [A, ReadonlyArray<Line>], E, R> =>
  Effect.suspend(() => {
    const lines: Array<Line> = []
    const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
      lines.push({ level: logLevel.label, message: [message].flat().map(String).join(" ") })
    })
    return Effect.map(self, value => [value, lines] as const).pipe(
      Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
      Logger.withMinimumLogLevel(LogLevel.Debug)
    )
  })
