/** What a client sees of a server: all that comes, and how that ends. */
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

/** Receives to the end or to the reset. */
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

/** A client of the server that is there, whose connection is closed when it is done. */
export const visit = <A, E, R>(use: (socket: Socket.Socket) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(TestServer.TestServer, ({ address }) => Network.withConnection(address, use))

export const server = TestServer.TestServer

/** Departures are logged: here they are on purpose. */
export const quiet = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provide(effect, Logger.replace(Logger.defaultLogger, Logger.none))
