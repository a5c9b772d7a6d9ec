/** Sends many bytes in both directions at the same time, in odd sizes. The checksums of both sides must agree. */
import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import type * as Socket from "../../src/Socket.ts"
import { random } from "../fixtures/codecOracle.ts"
import { drain, found, meet, ways } from "./python.ts"

const size = 10 * 1024 * 1024

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

const randomBytes = (seed: number): Uint8Array => {
  const next = random(seed)
  const words = new Uint32Array(size / 4)
  for (let i = 0; i < words.length; i++) {
    words[i] = next(2 ** 32)
  }
  return new Uint8Array(words.buffer)
}

/** Sends in pieces of 1 to 100,000 bytes, sometimes two pieces at a time. Then ends our half. */
const sendIn = (socket: Socket.Socket, bytes: Uint8Array, seed: number) =>
  Effect.gen(function* () {
    const next = random(seed)
    for (let at = 0; at < bytes.length; ) {
      const middle = at + 1 + next(100_000)
      const end = next(4) === 0 ? middle + 1 + next(100_000) : middle
      yield* socket.sendAll(
        end === middle ? bytes.subarray(at, end) : [bytes.subarray(at, middle), bytes.subarray(middle, end)]
      )
      at = end
    }
    yield* socket.shutdownSend
  })

describe("10 MiB in both directions at the same time, with Python", () => {
  ways.forEach((way, seed) => {
    it.scopedLive.skipIf(way.skip)(`arrive as they were sent: ${way.name}`, () =>
      Effect.gen(function* () {
        const [socket, running] = yield* meet(way, "bulk.py", [String(size), String(seed)])
        const ours = randomBytes(seed)
        const sending = yield* Effect.fork(sendIn(socket, ours, seed))
        const next = random(seed + 1)
        const { bytes, end } = yield* drain(socket, () => 1 + next(100_000))
        yield* Fiber.join(sending)
        assert.deepStrictEqual([bytes.length, end], [size, "End"])
        assert.deepStrictEqual(yield* found(running), { sent: sha256(bytes), received: sha256(ours), bytes: size })
      }).pipe(Effect.provide(NodeNetwork.layer))
    )
  })
})
