/** One side ends its half, and the other side answers. Both receive everything, and then the end. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import { drain, found, meet, ways } from "./python.ts"

const node = Effect.provide(NodeNetwork.layer)

describe("half-close with Python", () => {
  for (const way of ways) {
    it.scopedLive.skipIf(way.skip)(`Python answers after our shutdownSend: ${way.name}`, () =>
      Effect.gen(function* () {
        const [socket, running] = yield* meet(way, "half_close.py", ["ours"])
        yield* socket.sendText("question of ours")
        yield* socket.shutdownSend
        const { bytes, end } = yield* drain(socket)
        assert.deepStrictEqual([String(bytes), end], ["answer to question of ours", "End"])
        assert.deepStrictEqual(yield* found(running), { got: "question of ours", again: "" })
      }).pipe(node)
    )

    it.scopedLive.skipIf(way.skip)(`we answer after Python's shutdown(SHUT_WR): ${way.name}`, () =>
      Effect.gen(function* () {
        const [socket, running] = yield* meet(way, "half_close.py", ["python"])
        const { bytes, end } = yield* drain(socket)
        assert.deepStrictEqual([String(bytes), end], ["question of python", "End"])
        assert.isTrue(Option.isNone(yield* socket.recv(1)))
        yield* socket.sendText("answer ")
        yield* socket.sendText("of ours")
        yield* socket.close
        assert.deepStrictEqual(yield* found(running), { got: "answer of ours" })
      }).pipe(node)
    )
  }
})
