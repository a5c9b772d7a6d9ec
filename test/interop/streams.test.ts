/** asyncio's streams, as client and as server, with our sockets. */
import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import { drain, found, meet, ways } from "./python.ts"

const node = Effect.provide(NodeNetwork.layer)

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

describe("asyncio", () => {
  for (const way of ways) {
    it.scopedLive.skipIf(way.skip)(
      `readexactly, readline and read(-1) receive what we send in pieces; write, drain and write_eof answer: ${way.name}`,
      () =>
        Effect.gen(function* () {
          const [socket, running] = yield* meet(way, "streams.py", ["reading"])
          for (const piece of ["exa", "ctli", "ne with é\n", "\nrest ", "x".repeat(9_995)]) {
            yield* socket.sendText(piece)
          }
          yield* socket.shutdownSend
          const { bytes, end } = yield* drain(socket)
          assert.deepStrictEqual([bytes.length, end], [300 * 10_001, "End"])
          assert.deepStrictEqual(yield* found(running), {
            exactly: "exact",
            line: "line with é\n",
            rest: 10_001,
            answer: sha256(bytes)
          })
        }).pipe(node)
    )

    it.scopedLive.skipIf(way.skip)(
      `three bytes of five are an UnexpectedEnd here and an IncompleteReadError in Python: ${way.name}`,
      () =>
        Effect.gen(function* () {
          const [socket, running] = yield* meet(way, "streams.py", ["short"])
          yield* socket.sendText("abc")
          yield* socket.shutdownSend
          const error = yield* Effect.flip(socket.recvExactly(5))
          assert.deepInclude(error, { _tag: "UnexpectedEnd", expected: 5, available: 3 })
          assert.deepStrictEqual(yield* socket.recvText(5), Option.some("abc"))
          assert.deepStrictEqual(yield* found(running), { expected: 5, partial: "abc" })
        }).pipe(node)
    )

    it.scopedLive.skipIf(way.skip)(`drain waits only while we do not receive: ${way.name}`, () =>
      Effect.gen(function* () {
        const [socket, running] = yield* meet(way, "streams.py", ["draining"])
        yield* running.wrote("stdout", /{"waits": true}\n/)
        const { bytes, end } = yield* drain(socket)
        yield* socket.sendText("all of it")
        yield* socket.close
        assert.deepStrictEqual(yield* found(running), { bytes: bytes.length, sent: sha256(bytes), got: "all of it" })
        assert.strictEqual(end, "End")
      }).pipe(node)
    )
  }
})
