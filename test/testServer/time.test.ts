/** Servers that wait, to the millisecond of virtual time, and Scopes that must close without waiting. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Network from "../../src/Network.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import * as TestServer from "../../src/TestServer.ts"
import { quiet, seeAll, server, textOf, visit } from "./client.ts"

const inVirtualTime = <A, E>(
  title: string,
  program: Effect.Effect<A, E, Network.Network | SimulatedNetwork.SimulatedNetwork | Scope.Scope>
) => it.live(title, () => SimulatedNetwork.run(program, { strict: true }))

/** Everything that a client receives, each with its time. */
const arrivals = visit(socket =>
  Effect.gen(function* () {
    const seen: Array<readonly [time: number, text: string]> = []
    for (let next = yield* socket.recv(100); Option.isSome(next); next = yield* socket.recv(100)) {
      seen.push([yield* Clock.currentTimeMillis, textOf(next.value)])
    }
    seen.push([yield* Clock.currentTimeMillis, "the end"])
    return seen
  })
)

describe("in virtual time", () => {
  inVirtualTime(
    "layerDribble sends its first byte at once, the others after a pause each, and closes after the last",
    Effect.gen(function* () {
      const { awaitEnd } = yield* server
      assert.deepStrictEqual(yield* arrivals, [
        [0, "a"],
        [60_000, "b"],
        [120_000, "c"],
        [120_000, "the end"]
      ])
      assert.deepInclude(yield* awaitEnd(0), { acceptedAt: 0, firstByteAt: undefined, endedAt: 120_000 })
    }).pipe(Effect.provide(TestServer.layerDribble("abc", { every: "1 minute" })))
  )

  inVirtualTime(
    "layerSlowReader receives bufsize bytes after each pause, so that the client's send waits",
    Effect.gen(function* () {
      const { awaitEnd } = yield* server
      const sent = yield* visit(socket =>
        Effect.gen(function* () {
          yield* socket.sendAll(new Uint8Array(400_000))
          return yield* Clock.currentTimeMillis
        })
      )
      assert.deepInclude(yield* awaitEnd(0), { bytesReceived: 400_000, firstByteAt: 0, endedAt: 43_000 })
      // The last segment can go when the first one, of 64 KiB, has been received, which takes seven receives.
      assert.strictEqual(sent, 6000)
    }).pipe(Effect.provide(TestServer.layerSlowReader(10_000, { every: "1 second" })))
  )

  inVirtualTime(
    "layerSilent sends nothing for a day, and nothing for another day after the client's end",
    Effect.gen(function* () {
      const { awaitEnd } = yield* server
      yield* visit(socket =>
        Effect.gen(function* () {
          const day = Effect.timeoutOption(socket.recv(1), "1 day")
          assert.isTrue(Option.isNone(yield* day))
          yield* socket.shutdownSend
          assert.isTrue(Option.isNone(yield* day))
        })
      )
      assert.deepInclude(yield* awaitEnd(0), { end: "End", endedAt: 24 * 3600_000 })
    }).pipe(Effect.provide(TestServer.layerSilent()))
  )

  inVirtualTime(
    "a record has the times of the acceptance, the first byte and the end",
    Effect.gen(function* () {
      const { awaitEnd } = yield* server
      yield* Effect.sleep(5)
      yield* visit(socket =>
        Effect.sleep(10).pipe(
          Effect.zipRight(socket.sendText("a")),
          Effect.zipRight(Effect.sleep(20)),
          Effect.zipRight(socket.sendText("b"))
        )
      )
      assert.deepInclude(yield* awaitEnd(0), { acceptedAt: 5, firstByteAt: 15, endedAt: 35 })
    }).pipe(Effect.provide(TestServer.layerSilent()))
  )

  inVirtualTime(
    "a script waits, and what the client does meanwhile is left for the next step",
    Effect.gen(function* () {
      const { awaitEnd, verify } = yield* server
      const asking = visit(socket => Effect.zipRight(socket.sendText("hello"), seeAll(socket)))
      const [took, seen] = yield* Effect.timed(asking)
      assert.deepStrictEqual([seen.text, seen.end], ["bye", "End"])
      assert.strictEqual(String(took), "Duration(1m 30s)")
      yield* verify
      assert.deepInclude(yield* awaitEnd(0), { firstByteAt: 60_000, endedAt: 90_000 })
    }).pipe(
      Effect.provide(
        TestServer.layerScript([
          TestServer.wait("1 minute"),
          TestServer.expect("hello"),
          TestServer.wait("30 seconds"),
          TestServer.send("bye"),
          TestServer.close
        ])
      )
    )
  )

  inVirtualTime(
    "a departure is reported when it happens, and not when the step would have been done",
    Effect.gen(function* () {
      const { verify } = yield* server
      yield* visit(socket => Effect.zipRight(Effect.sleep(7), socket.sendText("ab")))
      assert.strictEqual((yield* Effect.flip(verify)).reason, "OtherBytes")
      assert.strictEqual(yield* Clock.currentTimeMillis, 7)
    }).pipe(Effect.provide(TestServer.layerScript([TestServer.expect("a long text")])), quiet)
  )
})

const all: Readonly<Record<string, ReturnType<typeof TestServer.layerEcho<undefined>>>> = {
  layerGreeting: TestServer.layerGreeting("x".repeat(10_000_000), { closeTimeout: "1 hour" }),
  layerEcho: TestServer.layerEcho(),
  layerSilent: TestServer.layerSilent(),
  layerNeverAccept: TestServer.layerNeverAccept(),
  layerDribble: TestServer.layerDribble("abc", { every: "1 hour" }),
  layerGarbage: TestServer.layerGarbage(1, { closeTimeout: "1 hour" }),
  layerFlood: TestServer.layerFlood({ closeTimeout: "1 hour" }),
  layerCloseAtOnce: TestServer.layerCloseAtOnce(),
  layerReset: TestServer.layerReset(),
  layerResetAfter: TestServer.layerResetAfter(10),
  layerResetMidFrame: TestServer.layerResetMidFrame("abc", 2),
  layerHalfClose: TestServer.layerHalfClose(),
  layerSlowReader: TestServer.layerSlowReader(1, { every: "1 hour" }),
  "layerScript, waiting": TestServer.layerScript([TestServer.wait("1 hour")]),
  "layerScript, expecting": TestServer.layerScript([TestServer.expect("abc")]),
  "layerScript, at its end": TestServer.layerScript([])
}

describe("the scope of a layer", () => {
  for (const [name, layer] of Object.entries(all)) {
    inVirtualTime(
      `closes ${name} at once, with a client that neither reads nor ends, and nothing is left`,
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const { address } = Context.get(yield* Layer.buildWithScope(layer, scope), TestServer.TestServer)
        const client = yield* Network.connect(address)
        yield* Effect.ignore(client.sendText("x"))
        yield* Effect.sleep(1)
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(yield* Clock.currentTimeMillis, 1)
        yield* client.abort
        const world = yield* SimulatedNetwork.SimulatedNetwork
        assert.deepStrictEqual(yield* world.netstat, [])
      }).pipe(quiet)
    )
  }
})

const turn = Effect.async<void>(resume => {
  setImmediate(() => resume(Effect.void))
})

const handles = () => process.getActiveResourcesInfo().filter(kind => kind.startsWith("TCP")).length

describe("over TCP, the scope of a layer", () => {
  for (const [name, layer] of Object.entries(all)) {
    it.scopedLive(`closes ${name} with a client that does not end, and leaves no handle`, () =>
      Effect.gen(function* () {
        const before = handles()
        const scope = yield* Scope.make()
        const { address } = Context.get(yield* Layer.buildWithScope(layer, scope), TestServer.TestServer)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const client = yield* Network.connect(address)
            yield* Effect.ignore(client.sendText("x"))
            yield* Scope.close(scope, Exit.void)
            yield* client.abort
          })
        ).pipe(Effect.catchTag("ConnectError", () => Scope.close(scope, Exit.void)))
        for (let turns = 0; handles() > before && turns < 1000; turns++) yield* turn
        assert.strictEqual(handles(), before)
      }).pipe(Effect.provide(NodeNetwork.layer), quiet)
    )
  }
})
