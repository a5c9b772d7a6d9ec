import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { SendQueue } from "../../src/internal/sendQueue.ts"
import { bytesIn } from "../../src/internal/sink.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { SendError } from "../../src/SocketError.ts"

const localAddress = SocketAddress.unsafeInet("127.0.0.1", 1)
const remoteAddress = SocketAddress.unsafeInet("127.0.0.1", 2)

/** A sink that takes all at once, or nothing until it is told to. */
const makeQueue = (takes: boolean) => {
  const written: Array<number> = []
  const turns: Array<() => void> = []
  let ended = 0
  const queue = new SendQueue({
    write: buffers => {
      written.push(bytesIn(buffers))
      return takes
    },
    end: () => {
      ended += 1
    },
    flushed: () => {},
    later: callback => {
      turns.push(callback)
    },
    sendError: (reason, bytesRequested, bytesAccepted = 0) =>
      new SendError({ reason, localAddress, remoteAddress, bytesRequested, bytesAccepted }),
    sendTimedOut: (_, bytesRequested, bytesAccepted) =>
      new SendError({ reason: "TimedOut", localAddress, remoteAddress, bytesRequested, bytesAccepted })
  })
  const turn = () => {
    for (const callback of turns.splice(0)) {
      callback()
    }
  }
  return { queue, written, turn, ended: () => ended }
}

const settle = Effect.repeatN(Effect.yieldNow(), 50)

describe("SendQueue", () => {
  for (const fibers of [1, 10, 1000]) {
    it.live(`gives way after 256 sends, however many fibers send: ${fibers}`, () =>
      Effect.gen(function* () {
        const { queue, turn, written } = makeQueue(true)
        const sending = yield* Effect.fork(
          Effect.forEach(new Array(fibers).fill(0), () => Effect.forever(queue.sendAll(new Uint8Array(1))), {
            concurrency: "unbounded"
          })
        )
        for (let turns = 1; turns <= 5; turns++) {
          yield* settle
          assert.isAtMost(written.length, 256 * turns)
          turn()
        }
        assert.isAtLeast(written.length, fibers === 1 ? 256 : 1024)
        const interrupting = yield* Effect.fork(Fiber.interrupt(sending))
        yield* settle
        turn()
        yield* Fiber.join(interrupting)
      })
    )
  }

  it.live("gives way after a MiB", () =>
    Effect.gen(function* () {
      const { queue, turn, written } = makeQueue(true)
      const sending = yield* Effect.fork(Effect.forever(queue.sendAll(new Uint8Array(300_000))))
      yield* settle
      assert.strictEqual(written.length, 4)
      turn()
      yield* settle
      assert.strictEqual(written.length, 8)
      yield* Fiber.interrupt(sending)
    })
  )

  it.live("hands over one after the other, and ends when the last one has gone", () =>
    Effect.gen(function* () {
      const { ended, queue, written } = makeQueue(false)
      yield* Effect.fork(queue.sendAll(new Uint8Array(1)))
      yield* settle
      const second = yield* Effect.fork(queue.sendAll(new Uint8Array(2)))
      yield* settle
      yield* Effect.fork(queue.sendAll(new Uint8Array(3)))
      yield* settle
      yield* Effect.fork(queue.shutdownSend)
      yield* settle
      assert.deepStrictEqual([written, ended()], [[1], 0])
      yield* Fiber.interrupt(second)
      queue.drained()
      assert.deepStrictEqual([written, ended()], [[1, 3], 0])
      queue.drained()
      assert.deepStrictEqual([written, ended()], [[1, 3], 1])
      assert.strictEqual((yield* Effect.flip(queue.sendAll(new Uint8Array(0)))).reason, "AfterShutdown")
    })
  )
})
