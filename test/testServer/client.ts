/** Clients for tests of `TestServer`: they report what they receive and how the connection ends. */
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Network from "../../src/Network.ts"
import type * as Socket from "../../src/Socket.ts"
import * as TestServer from "../../src/TestServer.ts"

export const textOf = (bytes: Uint8Array): string => new TextDecoder("latin1").decode(bytes)

export interface Seen {
  readonly text: string
  readonly end: string
}

/** Receives until the end or the reset. */
export const seeAll = (socket: Socket.Socket): Effect.Effect<Seen> =>
  Effect.gen(function* () {
    let text = ""
    while (true) {
      const received = yield* Effect.either(socket.recv(65536))
      if (received._tag === "Left") return { text, end: received.left.reason }
      if (Option.isNone(received.right)) return { text, end: "End" }
      text += textOf(received.right.value)
    }
  })

/** Connects a client to the current `TestServer`, and closes the connection after `use`. */
export const visit = <A, E, R>(use: (socket: Socket.Socket) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(TestServer.TestServer, ({ address }) => Network.withConnection(address, use))

export const server = TestServer.TestServer

/** Drops logs, because the departures of these tests are on purpose. */
export const quiet = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provide(effect, Logger.replace(Logger.defaultLogger, Logger.none))
