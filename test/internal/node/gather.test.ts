/** Several small buffers are sent in one write, from memory that is not overwritten while it is in use. */
import type * as net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { concat, pattern } from "../../../src/internal/conformance/kit/bytes.ts"
import { gather } from "../../../src/internal/node/gather.ts"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"
import * as peer from "./peer.ts"

const KiB = 1024
const node = Effect.provide(NodeNetwork.layer)

const all = pattern(256 * KiB)

/** `count` buffers with different bytes. */
const buffersOf = (count: number, bytes: number, first = 0): ReadonlyArray<Uint8Array> =>
  Array.from({ length: count }, (_, i) => {
    const at = ((first + i) * 7919) % (all.length - bytes)
    return all.subarray(at, at + bytes)
  })

const bytesOf = async (socket: net.Socket): Promise<Buffer> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of socket) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe("several buffers", () => {
  it("that are small become one buffer with the same bytes in order", () => {
    for (const [count, bytes] of [
      [2, 0],
      [3, 100],
      [16, 4 * KiB],
      [64, KiB],
      [1000, 65]
    ] as const) {
      const buffers = buffersOf(count, bytes)
      const gathered = gather(buffers)
      assert(gathered instanceof Uint8Array)
      assert.deepStrictEqual(Uint8Array.from(gathered), concat(buffers))
    }
  })

  it("are returned as they are if there is only one", () => {
    for (const bytes of [1, 100 * KiB]) {
      const buffers = buffersOf(1, bytes)
      assert.strictEqual(gather(buffers), buffers[0])
    }
  })

  it("are returned as they are if they are too long or too many", () => {
    for (const [count, bytes] of [
      [2, 5 * KiB],
      [65, KiB],
      [10_000, 7]
    ] as const) {
      const buffers = buffersOf(count, bytes)
      assert.strictEqual(gather(buffers), buffers)
    }
  })

  it("of few bytes do not hold on to much memory", () => {
    const gathered = gather(buffersOf(7, KiB))
    assert(gathered instanceof Uint8Array)
    assert.isAtMost(gathered.buffer.byteLength, 8 * KiB)
  })

  it.scopedLive("that one socket cannot send yet are not overwritten by the sends of other sockets", () =>
    Effect.gen(function* () {
      const taken: Array<Array<Uint8Array>> = []
      const peers: Array<net.Socket> = []
      const address = yield* peer.server(socket => {
        peers.push(socket)
        socket.pause()
      })
      const sending = yield* Effect.forEach([0, 1, 2], n =>
        Effect.gen(function* () {
          const socket = yield* Network.connect(address)
          const sends = Array.from({ length: 300 }, (_, i) => buffersOf(10 + ((n + i) % 40), KiB, n * 31 + i))
          taken.push(sends.flat())
          return yield* Effect.fork(
            Effect.forEach(sends, buffers => socket.sendAll(buffers), { discard: true }).pipe(
              Effect.zipRight(socket.shutdownSend)
            )
          )
        })
      )
      yield* peer.turns(200)
      assert.isNull(sending[0]!.unsafePoll(), "a send should be stuck by now")
      const received = yield* Effect.promise(() => Promise.all(peers.map(bytesOf)))
      yield* Fiber.joinAll(sending)
      const sent = taken.map(buffers => Buffer.concat(buffers))
      for (const bytes of received) assert(sent.some(those => those.equals(bytes)))
    }).pipe(node)
  )
})
