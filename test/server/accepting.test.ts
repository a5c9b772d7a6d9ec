/** A server goes on accepting after accepting has failed. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { SocketImpl } from "../../src/internal/stream/socket.ts"
import * as Listener from "../../src/Listener.ts"
import * as Network from "../../src/Network.ts"
import * as Server from "../../src/Server.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import type * as Socket from "../../src/Socket.ts"
import { AcceptError } from "../../src/SocketError.ts"
import { logged, seenBy } from "./watched.ts"

/** A listener whose `accept` fails `times` times before each connection, and the times of all calls. */
const failing = (times: number, reason: AcceptError["reason"] = "TooManyOpenFiles") =>
  Effect.gen(function* () {
    const listener = yield* Network.listen("127.0.0.1:80")
    // The caller provides the Scope.
    const accept = listener.accept as Effect.Effect<Socket.Socket, AcceptError> as Effect.Effect<
      SocketImpl,
      AcceptError
    >
    const asked: Array<number> = []
    let failed = 0
    const acceptor: Listener.Acceptor = {
      ...listener,
      accept: Effect.flatMap(Clock.currentTimeMillis, now => {
        asked.push(now)
        failed += 1
        if (failed <= times) return Effect.fail(new AcceptError({ reason, address: listener.address }))
        failed = 0
        return Effect.map(
          accept,
          ({ connection }) =>
            () =>
              connection
        )
      })
    }
    return { listener: Listener.make(acceptor), asked }
  })

const hello: Server.Handler<unknown, never> = socket => socket.sendText("hello")

const greeted = Effect.map(Effect.flatMap(Network.connect("127.0.0.1:80"), seenBy), seen =>
  assert.strictEqual(seen, "hello|end")
)

/** The differences between successive times. */
const pauses = (times: ReadonlyArray<number>) => times.slice(1).map((time, n) => time - times[n]!)

describe("when accepting fails", () => {
  const simulated = <A, E>(title: string, program: Effect.Effect<A, E, Network.Network | Scope.Scope>) =>
    it.live(title, () => SimulatedNetwork.run(program, { strict: true }))

  simulated(
    "the schedule can ask whether the server drains",
    Effect.gen(function* () {
      const { listener } = yield* failing(3)
      const seen: Array<boolean> = []
      const acceptRetry = Schedule.mapEffect(Schedule.forever, () =>
        Effect.map(
          Effect.flatMap(Server.Draining, ({ isDraining }) => isDraining),
          is => seen.push(is)
        )
      )
      yield* Effect.fork(Server.serve(listener, hello, { acceptRetry }))
      yield* greeted
      assert.deepStrictEqual(seen.slice(0, 3), [false, false, false])
    })
  )

  simulated(
    "what onOutcome acquires is released when it returns",
    Effect.gen(function* () {
      const { listener } = yield* failing(0)
      const events: Array<string> = []
      const say = (event: string) => Effect.sync(() => void events.push(event))
      const onOutcome = () => Effect.acquireRelease(say("acquired"), () => say("released"))
      yield* Effect.fork(Server.serve(listener, hello, { onOutcome }))
      yield* greeted
      yield* Effect.sleep(1)
      assert.deepStrictEqual(events, ["acquired", "released"])
    })
  )

  simulated(
    "the server retries after 5 ms, then after twice as long up to 1 second, and starts over after a success",
    Effect.gen(function* () {
      const { asked, listener } = yield* failing(12)
      yield* Effect.forkScoped(Server.serve(listener, hello))
      yield* greeted
      yield* greeted
      const growing = [5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000, 1000]
      assert.deepStrictEqual(pauses(asked).slice(0, 25), [...growing, 0, ...growing])
    })
  )

  simulated(
    "the server logs a warning at once, and then one every 5 seconds with the number of failures",
    Effect.gen(function* () {
      const { listener } = yield* failing(20)
      const [, lines] = yield* logged(Effect.raceFirst(Server.serve(listener, hello), greeted))
      const since = (failures: number) => ` (${failures} times since the last warning)`
      const line = (often: string) => ({
        level: "WARN",
        message: `accept 127.0.0.1:80: too many open files${often}; retrying`
      })
      assert.deepStrictEqual(lines, [line(""), line(since(12)), line(since(5))])
    })
  )

  simulated(
    "acceptRetry decides how often the server retries, but not sooner than after 5 ms",
    Effect.gen(function* () {
      const { asked, listener } = yield* failing(1000)
      const served = Effect.scoped(Server.serve(listener, hello, { acceptRetry: Schedule.recurs(3) }))
      assert.strictEqual((yield* Effect.flip(served)).reason, "TooManyOpenFiles")
      assert.deepStrictEqual(pauses(asked), [5, 5, 5])
    })
  )

  simulated(
    "because the listener has closed, the server does not retry",
    Effect.gen(function* () {
      const { asked, listener } = yield* failing(1, "Closed")
      assert.strictEqual((yield* Effect.flip(Server.serve(listener, hello))).reason, "Closed")
      assert.strictEqual(asked.length, 1)
    })
  )

  simulated(
    "for good, join fails, and connections that were accepted live on",
    Effect.gen(function* () {
      const listener = yield* Network.listen("127.0.0.1:80")
      const begun = yield* Deferred.make<void>()
      const server = yield* Server.make(listener, socket =>
        Effect.zipRight(Deferred.succeed(begun, undefined), Effect.zipRight(socket.recv(1), hello(socket)))
      )
      const socket = yield* Network.connect("127.0.0.1:80")
      yield* Deferred.await(begun)
      yield* listener.close
      assert.strictEqual((yield* Effect.flip(server.join)).reason, "Closed")
      yield* socket.shutdownSend
      assert.strictEqual(yield* seenBy(socket), "hello|end")
      assert.deepInclude(yield* server.drain, { interrupted: 0, stuck: 0, refused: 0 })
    })
  )
})
