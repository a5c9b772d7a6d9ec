/** How the command `server` drains after a signal: on the simulated network, in virtual time, without a process. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import { server } from "../../src/cli/commands/server.ts"
import { make, Output } from "../../src/cli/kit/output.ts"
import { type Signal, Signals } from "../../src/cli/kit/signal.ts"
import * as Network from "../../src/Network.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import type * as Socket from "../../src/Socket.ts"
import { kept } from "./inProcess.ts"

/**
 * Starts the server. A client connects and does not read, and a second later the server gets SIGINT. Returns the result
 * of `rest`, the messages of the server, and the time at the end.
 */
const told = <A, E>(rest: (socket: Socket.Socket) => Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const notes: Array<string> = []
    const noteSoon = (line: string) => void notes.push(line)
    const note = (line: string) => Effect.sync(() => noteSoon(line))
    const signal = yield* Deferred.make<Signal>()
    const next = Deferred.await(signal)
    const logger = Logger.make(({ message }) => void notes.push([message].flat().join(" ")))
    const where = { host: Option.some("127.0.0.1"), port: Option.some("808") }
    const config = { ...where, message: "Connection Established", idle: Option.none(), verbose: false, json: false }
    const serving = yield* server(config).pipe(
      Effect.provideService(Output, { ...make(kept(false).stream, kept(false).stream), note, noteSoon }),
      Effect.provideService(Signals, { next, nextThen130: next }),
      Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
      Effect.fork
    )
    yield* Effect.sleep("1 second")
    const socket = yield* Network.connect("127.0.0.1:808", { highWaterMark: 1 })
    yield* Effect.sleep("1 second")
    yield* Deferred.succeed(signal, "SIGINT")
    const came = yield* Effect.either(rest(socket))
    yield* Fiber.join(serving)
    return { came, notes, time: yield* Clock.currentTimeMillis }
  })

/** The window is so small that the client must read before the whole text can be sent. */
const options = { window: 4, strict: true } as const

const begun = ["listening on 127.0.0.1:808", "draining: 1 connection left; press Ctrl-C again to quit now"]

describe("server, after a signal while a client does not read", () => {
  it.live("reports that it drains, and ends when the client has read", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const { came, notes, time } = yield* told(socket => Effect.delay(socket.recvAll(), "1 second"))
        assert.deepStrictEqual(notes, begun)
        assert.strictEqual(new TextDecoder().decode(Either.getOrThrow(came)), "Connection Established")
        assert.strictEqual(time, 3000)
      }),
      options
    )
  )

  it.live("gives the client 10 seconds, resets it, and reports that", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const { came, notes, time } = yield* told(socket => Effect.delay(socket.recvAll(), "1 minute"))
        assert.deepStrictEqual(notes, [
          ...begun,
          "server 127.0.0.1:808: drained: 0 finished, 1 interrupted, 0 stuck, 0 refused"
        ])
        assert.strictEqual(Either.isLeft(came) && came.left._tag === "RecvError" && came.left.reason, "Reset")
        assert.strictEqual(time, 62_000)
      }),
      options
    )
  )
})
