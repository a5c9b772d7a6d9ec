/** What happens when a client departs from its script: the reset, the record, `verify` and the log. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import * as Network from "../../src/Network.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import * as TestServer from "../../src/TestServer.ts"
import { onEach } from "../networks.ts"
import { quiet, seeAll, server, textOf, visit } from "./client.ts"

const { close, expect, expectLine, send, wait } = TestServer

onEach(test => {
  describe("a client that departs from its script", () => {
    test("is reset, and everything that it sent is recorded, also bytes that no step expected", () =>
      Effect.gen(function* () {
        const { awaitEnd } = yield* server
        const seen = yield* visit(socket => Effect.zipRight(socket.sendText("EHLO\r\nHELO\r\nmore"), seeAll(socket)))
        assert.strictEqual(seen.end, "Reset")
        const { end, received } = yield* awaitEnd(0)
        assert.deepStrictEqual([textOf(received), end], ["EHLO\r\nHELO\r\nmore", "Aborted"])
      }).pipe(Effect.provide(TestServer.layerScript([expectLine(/^EHLO$/), expectLine(/^EHLO$/)])), quiet))

    test("fails a verify that waits, and every later one, even if other clients follow the script", () =>
      Effect.gen(function* () {
        const { verify } = yield* server
        const verifying = yield* Effect.fork(Effect.flip(verify))
        yield* visit(socket => Effect.zipRight(socket.sendText("hallo"), seeAll(socket)))
        const { connection, received } = yield* verifying
        assert.deepStrictEqual([connection, textOf(received)], [0, "hallo"])
        yield* visit(socket => Effect.zipRight(socket.sendText("hello"), seeAll(socket)))
        yield* visit(socket => Effect.zipRight(socket.sendText("hullo"), seeAll(socket)))
        assert.strictEqual((yield* Effect.flip(verify)).connection, 0)
      }).pipe(Effect.provide(TestServer.layerScript([expect("hello"), close])), quiet))

    test("is shown with everything that the step received, in any number of pieces", () =>
      Effect.gen(function* () {
        const { awaitBytes, verify } = yield* server
        yield* visit(socket =>
          Effect.gen(function* () {
            yield* socket.sendText("QU")
            yield* awaitBytes(0, 2)
            yield* socket.sendText("IET\r\n")
            yield* seeAll(socket)
          })
        )
        assert.include((yield* Effect.flip(verify)).message, '  received "QUIET\\r\\n"\n               ^ byte 3')
      }).pipe(Effect.provide(TestServer.layerScript([expect("QUIT\r\n")])), quiet))

    test("is one for which no script is left", () =>
      Effect.gen(function* () {
        const { awaitEnd, verify } = yield* server
        yield* visit(seeAll)
        yield* verify
        yield* Effect.ignore(visit(seeAll))
        assert.strictEqual((yield* awaitEnd(1)).end, "Aborted")
        const departure = yield* Effect.flip(verify)
        assert.strictEqual(departure.reason, "NoScript")
        assert.strictEqual(departure.message, "script, connection 1: no script is left for this client")
      }).pipe(Effect.provide(TestServer.layerScripts([[send("hello"), close]])), quiet))

    test("is not blamed for a predicate that throws: verify dies", () =>
      Effect.gen(function* () {
        const { awaitEnd, verify } = yield* server
        const seen = yield* visit(socket => Effect.zipRight(socket.sendText("hello\n"), seeAll(socket)))
        assert.strictEqual(seen.end, "Reset")
        assert.strictEqual((yield* awaitEnd(0)).end, "Aborted")
        const exit = yield* Effect.exit(verify)
        assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
      }).pipe(
        Effect.provide(
          TestServer.layerScript([
            expectLine(() => {
              throw new Error("on purpose")
            })
          ])
        ),
        quiet
      ))
  })
})

const simulated = <A, E>(title: string, program: Effect.Effect<A, E, Network.Network | Scope.Scope>) =>
  it.live(title, () => SimulatedNetwork.run(program, { strict: true }))

describe("a client that resets while the script", () => {
  const resetting = Effect.gen(function* () {
    const { verify } = yield* server
    yield* visit(socket => Effect.zipRight(socket.recv(1), socket.abort))
    return (yield* Effect.flip(verify)).message.split("\n").slice(0, 3)
  })

  simulated(
    "waits is detected when the script closes",
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* resetting, [
        "script, connection 0, step 3 of 3: the client reset the connection",
        "  expected nothing more, because the script closes here",
        "  received a reset"
      ])
    }).pipe(Effect.provide(TestServer.layerScript([send("x"), wait("1 minute"), close])), quiet)
  )

  simulated(
    "waits is detected when the script sends",
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* resetting, [
        "script, connection 0, step 3 of 3: the client reset the connection",
        '  in step  send "y"',
        "  received a reset"
      ])
    }).pipe(Effect.provide(TestServer.layerScript([send("x"), wait("1 minute"), send("y")])), quiet)
  )
})

describe("a departure", () => {
  /** Runs a program. Returns what it logged. */
  const logged = <A, E, R>(program: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => {
      const lines: Array<string> = []
      const logger = Logger.make(({ message }) => {
        lines.push(String(message))
      })
      return Effect.as(Effect.provide(program, Logger.replace(Logger.defaultLogger, logger)), lines)
    })

  simulated(
    "is logged, even if no test calls verify",
    Effect.gen(function* () {
      const lines = yield* logged(
        Effect.provide(
          visit(socket => Effect.zipRight(socket.sendText("y"), seeAll(socket))),
          TestServer.layerScript([expect("x")])
        )
      )
      assert.deepStrictEqual(lines, [
        'script, connection 0, step 1 of 1: the client sent other bytes than expected\n  expected "x"\n  received "y"\n            ^ byte 0'
      ])
    })
  )

  const cut = (script: TestServer.Script) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { address, verify } = Context.get(
        yield* Layer.buildWithScope(TestServer.layerScript(script), scope),
        TestServer.TestServer
      )
      const client = yield* Network.connect(address)
      yield* client.recv(1)
      const verifying = yield* Effect.fork(Effect.flip(verify))
      yield* Effect.yieldNow()
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* verifying).reason, "Closed")
    })

  simulated(
    "is also the close of a server before its script has ended: verify fails and says at which step",
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* logged(cut([send("x"), wait("1 second"), send("y"), expect("z")])), [
        'script, connection 0, step 2 of 4: the server was closed before the script had ended\n  in step  wait 1s\n  steps done\n    1 send "x"'
      ])
    })
  )

  simulated(
    "is not logged if only the client's end was missing",
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* logged(cut([send("x")])), [])
    })
  )

  it("shows the last ten steps that were done", () => {
    const script = Array.from({ length: 20 }, (_, i) => send(`${i}`))
    const received = new Uint8Array(0)
    const departure = new TestServer.ScriptDeparture({ reason: "Reset", connection: 3, script, step: 12, received })
    assert.deepStrictEqual(departure.message.split("\n"), [
      "script, connection 3, step 13 of 20: the client reset the connection",
      '  in step  send "12"',
      "  received a reset",
      "  steps done",
      "    ... 2 earlier",
      ...Array.from({ length: 10 }, (_, i) => `    ${i + 3} send "${i + 2}"`)
    ])
  })
})
