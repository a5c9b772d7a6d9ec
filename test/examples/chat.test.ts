/** The example `chat`, with hosts that are slow, unreachable or down. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Fault from "effect-sockets/Fault"
import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"
import * as client from "../../examples/chat/client.ts"
import * as server from "../../examples/chat/server.ts"

const there = { host: "server", port: 8080 }

/** A client on its own host, with the lines that it has received. */
const chatter = (name: string) =>
  Effect.gen(function* () {
    const mine = yield* Queue.unbounded<string>()
    const heard: Array<string> = []
    const running = client.program(there, mine, line => Effect.sync(() => void heard.push(line)))
    yield* SimulatedNetwork.runOn(name, running)
    return { heard, says: (line: string) => Queue.offer(mine, line) }
  })

type Chatter = Effect.Effect.Success<ReturnType<typeof chatter>>

/** Starts the server and two clients, and `more` clients, each on its own host. Returns the first two clients. */
const chat = (one: string, other: string, ...more: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    yield* SimulatedNetwork.runOn("server", server.program("[::]:8080"))
    const pair = yield* Effect.all([chatter(one), chatter(other)])
    yield* Effect.forEach(more, chatter)
    yield* Effect.sleep("1 second")
    return pair
  })

/** Runs a program twice and checks that both runs are the same. */
const twice = <A, E>(
  program: Effect.Effect<A, E, SimulatedNetwork.SimulatedNetwork | Scope.Scope>,
  options?: SimulatedNetwork.RunOptions
) =>
  SimulatedNetwork.checkDeterminism(program, { latency: 10, strict: true, ...options }).pipe(
    Logger.withMinimumLogLevel(LogLevel.None)
  )

/** Sends `lines` lines, ten per second. */
const talk = (ann: Chatter, lines: number) =>
  Effect.forEach(numbered(lines), line => Effect.delay(ann.says(line), "100 millis"), { discard: true })

const numbered = (lines: number) => Array.from({ length: lines }, (_, i) => `this is line ${i}`)

describe("the chat", () => {
  it.live("sends each line to all members, in order", () =>
    twice(
      Effect.gen(function* () {
        const [ann, bob] = yield* chat("ann", "bob")
        yield* ann.says("hello")
        yield* Effect.sleep("1 second")
        yield* bob.says("hello yourself")
        yield* Effect.sleep("1 second")
        assert.deepStrictEqual(ann.heard, ["hello", "hello yourself"])
        assert.deepStrictEqual(bob.heard, ann.heard)
      })
    )
  )

  it.live("does not wait for a member that receives nothing, queues little for it, and disconnects it", () =>
    twice(
      Effect.gen(function* () {
        const [ann, bob] = yield* chat("ann", "bob")
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* Fault.hold("server", "bob")
            yield* talk(ann, 250)
            yield* Effect.sleep("1 second")
            assert.deepStrictEqual(ann.heard, numbered(250))
          })
        )
        yield* Effect.sleep("1 second")
        assert.isBelow(bob.heard.length, 150)
        assert.deepStrictEqual(bob.heard, numbered(bob.heard.length))
        // Two members joined, and one reconnected.
        assert.strictEqual((yield* SimulatedNetwork.trace).match(/ accept /g)?.length, 3)
      }),
      { window: 1024 }
    )
  )

  it.live("sends everything to a slow member that keeps up, and a disconnected member reconnects", () =>
    twice(
      Effect.gen(function* () {
        const [ann, bob] = yield* chat("ann", "bob")
        const on = (bytesPerSecond: number) =>
          Effect.scoped(Effect.zipRight(Fault.bandwidth("server", "bob", bytesPerSecond), talk(ann, 250)))
        yield* on(250)
        yield* Effect.sleep("10 seconds")
        assert.deepStrictEqual(bob.heard, numbered(250))
        yield* on(50)
        yield* Effect.sleep("1 minute")
        assert.isBelow(bob.heard.length, 500)
        assert.deepStrictEqual(ann.heard, [...numbered(250), ...numbered(250)])
        yield* ann.says("still there?")
        yield* Effect.sleep("1 second")
        assert.strictEqual(bob.heard.at(-1), "still there?")
      }),
      { window: 1024 }
    )
  )

  it.live("continues with all members after its server has crashed and restarted", () =>
    twice(
      Effect.gen(function* () {
        const [ann, bob] = yield* chat("ann", "bob")
        yield* ann.says("before")
        yield* Effect.sleep("1 second")
        yield* Effect.scoped(Effect.zipRight(Fault.crash("server"), Effect.sleep("5 minutes")))
        yield* Effect.sleep("1 minute")
        yield* ann.says("after")
        yield* Effect.sleep("1 second")
        assert.deepStrictEqual(bob.heard, ["before", "after"])
        assert.deepStrictEqual(ann.heard, bob.heard)
        assert.include(yield* SimulatedNetwork.trace, "heal crash server")
      })
    )
  )

  it.live("continues without a member that has crashed", () =>
    twice(
      Effect.gen(function* () {
        const [ann, bob] = yield* chat("ann", "bob", "carl")
        yield* Fault.crash("carl")
        yield* talk(ann, 1000)
        yield* Effect.sleep("1 second")
        assert.deepStrictEqual(bob.heard, numbered(1000))
      }),
      { window: 1024 }
    )
  )
})
