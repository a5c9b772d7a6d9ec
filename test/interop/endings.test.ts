/** Resets, ends and timeouts: what one side does, and what the other side sees. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import type * as Socket from "../../src/Socket.ts"
import * as SocketError from "../../src/SocketError.ts"
import { drain, found, meet, ways } from "./python.ts"

const node = Effect.provide(NodeNetwork.layer)

const overTcp = ways.filter(way => way.on.cannot.reset === undefined)
const overUnix = ways.filter(way => way.on.cannot.reset !== undefined)

/** Waits until Python has the connection. */
const ready = (socket: Socket.Socket) =>
  Effect.map(socket.recvExactly(5), bytes => assert.strictEqual(new TextDecoder().decode(bytes), "ready"))

describe("Python ends the connection", () => {
  for (const way of overTcp) {
    it.scopedLive.skipIf(way.skip)(
      `SO_LINGER {1, 0} and close: we receive its bytes, then Reset, also later: ${way.name}`,
      () =>
        Effect.gen(function* () {
          const [socket, running] = yield* meet(way, "endings.py", ["reset"])
          yield* socket.sendText("go")
          const { bytes, end } = yield* drain(socket)
          assert.deepStrictEqual([String(bytes), end], ["precious", "Reset"])
          const error = yield* Effect.flip(socket.recv(1))
          assert.strictEqual(SocketError.toPythonName(error), "ConnectionResetError")
          assert.deepStrictEqual((yield* running.ended).code, 0)
        }).pipe(node)
    )
  }

  for (const way of overUnix) {
    it.scopedLive.skipIf(way.skip)(
      `SO_LINGER has no effect on a Unix socket: we receive its bytes, then the end: ${way.name}`,
      () =>
        Effect.gen(function* () {
          const [socket, running] = yield* meet(way, "endings.py", ["reset"])
          yield* socket.sendText("go")
          const { bytes, end } = yield* drain(socket)
          assert.deepStrictEqual([String(bytes), end], ["precious", "End"])
          assert.deepStrictEqual((yield* running.ended).code, 0)
        }).pipe(node)
    )
  }
})

describe("Python closes with unread bytes", () => {
  for (const way of ways) {
    it.scopedLive.skipIf(way.skip)(`a close with unread bytes is a Reset: ${way.name}`, () =>
      Effect.gen(function* () {
        const [socket, running] = yield* meet(way, "endings.py", ["unread"])
        yield* socket.sendText("one of many")
        assert.deepStrictEqual((yield* drain(socket)).end, "Reset")
        assert.deepStrictEqual((yield* running.ended).code, 0)
      }).pipe(node)
    )
  }
})

describe("we end the connection", () => {
  const many = new Uint8Array(1_000_000).fill(0x61)

  for (const way of ways) {
    it.scopedLive.skipIf(way.skip)(`close: Python receives everything, then b'': ${way.name}`, () =>
      Effect.gen(function* () {
        const [socket, running] = yield* meet(way, "endings.py", ["watch"])
        yield* ready(socket)
        yield* socket.sendAll(many)
        yield* socket.close
        assert.deepStrictEqual(yield* found(running), { bytes: many.length, end: "b''" })
      }).pipe(node)
    )

    const isReset = way.on.cannot.reset === undefined
    it.scopedLive.skipIf(way.skip)(
      `abort: ${isReset ? "Python gets ConnectionResetError" : "Python receives b'', because there is no reset"}: ${way.name}`,
      () =>
        Effect.gen(function* () {
          const [socket, running] = yield* meet(way, "endings.py", ["watch"])
          yield* ready(socket)
          yield* socket.abort
          assert.deepStrictEqual(yield* found(running), { bytes: 0, end: isReset ? "ConnectionResetError" : "b''" })
        }).pipe(node)
    )
  }
})

describe("timeouts", () => {
  for (const way of ways) {
    it.scopedLive.skipIf(way.skip)(
      `a receive of Python times out, and its next receive returns what we send: ${way.name}`,
      () =>
        Effect.gen(function* () {
          const [socket, running] = yield* meet(way, "endings.py", ["timeout"])
          yield* running.wrote("stdout", /{"timed_out": "timed out"}\n/)
          yield* socket.sendText("late")
          assert.deepStrictEqual(yield* socket.recvText(100), Option.some("still here"))
          yield* socket.sendText("and later")
          yield* socket.close
          assert.deepStrictEqual(yield* found(running), { late: "late", rest: "and later" })
        }).pipe(node)
    )

    it.scopedLive.skipIf(way.skip)(
      `our receive times out, and the next one returns what Python sends: ${way.name}`,
      () =>
        Effect.gen(function* () {
          const [socket, running] = yield* meet(way, "half_close.py", ["ours"])
          assert.isTrue(Option.isNone(yield* Effect.timeoutOption(socket.recv(1024), "50 millis")))
          yield* socket.sendText("question")
          yield* socket.shutdownSend
          const { bytes, end } = yield* drain(socket)
          assert.deepStrictEqual([String(bytes), end], ["answer to question", "End"])
          assert.deepStrictEqual(yield* found(running), { got: "question", again: "" })
        }).pipe(node)
    )
  }
})
