import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Network, Server } from "../../src/index.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"

class Shouting extends Context.Tag("my-app/Shouting")<Shouting, Server.Service>() {}

// Answers each line in capitals, until its client ends or the server drains.
const shouting = Server.layerAs(
  Shouting,
  "0.0.0.0:8080",
  socket =>
    Effect.gen(function* () {
      const draining = yield* Server.Draining
      // A receive that loses the race has consumed nothing.
      const next = Effect.raceFirst(socket.recvLine(), Effect.as(draining.await, Option.none()))
      for (let line = yield* next; Option.isSome(line); line = yield* next) {
        yield* socket.sendText(`${line.value.toUpperCase()}\n`)
      }
      yield* socket.sendText("goodbye\n")
    }),
  { maxConnections: 1000, whenFull: socket => socket.sendText("server is full\n"), handlerTimeout: "1 hour" }
)

it.live("answers in capitals, and says goodbye when it drains", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const server = yield* Shouting
      const socket = yield* Network.connect(server.address)
      yield* socket.sendText("hello\n")
      assert.deepStrictEqual(yield* socket.recvLine(), Option.some("HELLO"))
      const drained = yield* server.drain
      assert.deepStrictEqual(drained, { finished: 1, interrupted: 0, stuck: 0, refused: 0 })
      assert.deepStrictEqual(yield* socket.recvLine(), Option.some("goodbye"))
    }).pipe(Effect.provide(shouting))
  )
)
