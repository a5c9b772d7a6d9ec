import { runInNewContext } from "node:vm"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { bytesIn } from "../../../src/internal/send/buffers.ts"
import { SendQueue } from "../../../src/internal/send/queue.ts"
import { decodeTimeouts, SocketTimeouts } from "../../../src/internal/waiting/timeouts.ts"
import * as SocketAddress from "../../../src/SocketAddress.ts"
import { SendError } from "../../../src/SocketError.ts"

const localAddress = SocketAddress.unsafeInet("127.0.0.1", 1)
const remoteAddress = SocketAddress.unsafeInet("127.0.0.1", 2)

/** A queue whose host takes all bytes at once, or takes none until the test calls `drained`. */
const makeQueue = (takes: boolean) => {
  const written: Array<number> = []
  const turns: Array<() => void> = []
  let ended = 0
  let flushed = 0
  let cut = 0
  const queue: SendQueue = new SendQueue({
    write: buffers => {
      written.push(bytesIn(buffers))
      return takes
    },
    shutdown: () => {
      ended += 1
    },
    flushed: () => {
      flushed += 1
    },
    cut: () => {
      cut += 1
      queue.close()
    },
    later: callback => {
      turns.push(callback)
    },
    sendError: (reason, bytesRequested, bytesAccepted = 0) =>
      new SendError({ reason, localAddress, remoteAddress, bytesRequested, bytesAccepted }),
    sendTimedOut: (by, _, bytesRequested, bytesAccepted) =>
      new SendError({ reason: "TimedOut", by, localAddress, remoteAddress, bytesRequested, bytesAccepted })
  })
  const turn = () => {
    for (const callback of turns.splice(0)) {
      callback()
    }
  }
  return { queue, written, turn, ended: () => ended, flushed: () => flushed, cut: () => cut }
}

/** A timeout that does not pass during a test. */
const limits = new SocketTimeouts(decodeTimeouts({ sendTimeout: "1 minute" })!)

const KiB = 1024

/** Transfers the memory of a buffer, as `postMessage` does. */
const transfer = ({ buffer }: Uint8Array): void => {
  structuredClone(buffer, { transfer: [buffer as ArrayBuffer] })
}

/** The types of Node 20 do not know the resizable buffers that it has. */
const resizable = (length: number): Uint8Array =>
  new Uint8Array(Reflect.construct(ArrayBuffer, [length, { maxByteLength: 2 * length }]))

const resize = (buffer: ArrayBufferLike, length: number): void =>
  (buffer as { resize?(length: number): void }).resize?.(length)

const settle = Effect.repeatN(Effect.yieldNow(), 50)

describe("SendQueue", () => {
  it.live("a close drops a shutdown that waits for a send, because the close ends the connection itself", () =>
    Effect.gen(function* () {
      const { ended, flushed, queue } = makeQueue(false)
      yield* Effect.fork(queue.sendAll(new Uint8Array(1)))
      const ending = yield* Effect.fork(queue.shutdownSend)
      yield* settle
      queue.close()
      assert.strictEqual((yield* Effect.flip(Fiber.join(ending))).reason, "Closed")
      queue.drained()
      assert.deepStrictEqual([ended(), flushed()], [0, 1])
    })
  )

  it.live("a waiting shutdown returns when the connection fails, because the sending half has ended with it", () =>
    Effect.gen(function* () {
      const { ended, queue } = makeQueue(true)
      const ending = yield* Effect.fork(queue.shutdownSend)
      yield* settle
      assert.deepStrictEqual([ended(), ending.unsafePoll()], [1, null])
      queue.fail((bytesRequested, bytesAccepted = 0) => {
        return new SendError({ reason: "Reset", localAddress, remoteAddress, bytesRequested, bytesAccepted })
      })
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(ending)))
      yield* queue.shutdownSend
    })
  )

  it.live("after two failures every send fails with the first one, which is the cause", () =>
    Effect.gen(function* () {
      const { queue } = makeQueue(true)
      const failure =
        (reason: "Reset" | "BrokenPipe") =>
        (bytesRequested: number, bytesAccepted = 0) =>
          new SendError({ reason, localAddress, remoteAddress, bytesRequested, bytesAccepted })
      queue.fail(failure("Reset"))
      queue.fail(failure("BrokenPipe"))
      assert.strictEqual((yield* Effect.flip(queue.sendAll(new Uint8Array(1)))).reason, "Reset")
    })
  )

  for (const fibers of [1, 10, 1000]) {
    it.live(`lets other events run after 256 sends, with ${fibers} sending ${fibers === 1 ? "fiber" : "fibers"}`, () =>
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

  it.live("lets other events run after 1 MiB", () =>
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

  it.live("hands over one send after another, and ends the sending half after the last one", () =>
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

  it.live("hands over a long send with a timeout in pieces, each when the piece before it has been taken", () =>
    Effect.gen(function* () {
      const { queue, written } = makeQueue(false)
      const sending = yield* Effect.fork(queue.sendAll(new Uint8Array(150 * KiB), limits))
      const behind = yield* Effect.fork(queue.sendAll(new Uint8Array(1), limits))
      yield* settle
      assert.deepStrictEqual([written, queue.bytesWaiting], [[64 * KiB], 86 * KiB + 1])
      queue.drained()
      assert.deepStrictEqual([written, queue.bytesWaiting], [[64 * KiB, 64 * KiB], 22 * KiB + 1])
      queue.drained()
      assert.deepStrictEqual([written, queue.bytesWaiting], [[64 * KiB, 64 * KiB, 22 * KiB], 1])
      assert.isTrue(queue.isFlushing)
      queue.drained()
      yield* Fiber.join(sending)
      assert.deepStrictEqual(written.at(-1), 1)
      queue.drained()
      yield* Fiber.join(behind)
      assert.deepStrictEqual([queue.sent, queue.isFlushing], [150 * KiB + 1, false])
    })
  )

  it.live("lets other events run after 1 MiB of pieces, and puts no other send between them", () =>
    Effect.gen(function* () {
      const { queue, turn, written } = makeQueue(true)
      const sending = yield* Effect.fork(queue.sendAll(new Uint8Array(2.5 * 1024 * KiB), limits))
      yield* settle
      const other = yield* Effect.fork(queue.sendAll(new Uint8Array(1)))
      yield* settle
      assert.strictEqual(written.length, 16)
      // A late `drained` for a piece that was taken at once has no effect.
      queue.drained()
      assert.strictEqual(written.length, 16)
      turn()
      assert.strictEqual(written.length, 32)
      turn()
      yield* Fiber.joinAll([sending, other])
      assert.deepStrictEqual([written.length, written.at(-1)], [41, 1])
    })
  )

  it.live("flushes all pieces when it is closed, even if the sender was interrupted, and calls flushed once", () =>
    Effect.gen(function* () {
      for (const takes of [true, false]) {
        const { flushed, queue, turn, written } = makeQueue(takes)
        const sending = yield* Effect.fork(queue.sendAll(new Uint8Array(1536 * KiB), limits))
        yield* settle
        yield* Fiber.interrupt(sending)
        queue.close()
        for (let turns = 0; turns < 30; turns++) {
          assert.strictEqual(flushed(), queue.isFlushing ? 0 : 1)
          turn()
          queue.drained()
        }
        assert.deepStrictEqual([written.length, flushed(), queue.bytesWaiting], [24, 1, 0])
      }
    })
  )

  it.live("reports in the error of a failed send how many bytes were accepted", () =>
    Effect.gen(function* () {
      for (const end of ["close", "fail"] as const) {
        const { queue } = makeQueue(false)
        const sending = yield* Effect.fork(Effect.flip(queue.sendAll(new Uint8Array(150 * KiB), limits)))
        yield* settle
        queue.drained()
        if (end === "close") queue.close()
        else
          queue.fail(
            (bytesRequested, bytesAccepted = 0) =>
              new SendError({ reason: "Reset", localAddress, remoteAddress, bytesRequested, bytesAccepted })
          )
        const { bytesAccepted, bytesRequested } = yield* Fiber.join(sending)
        assert.deepStrictEqual([bytesAccepted, bytesRequested], [64 * KiB, 150 * KiB])
      }
    })
  )

  it.live("hands over no more pieces when the connection is gone", () =>
    Effect.gen(function* () {
      const { flushed, queue, turn, written } = makeQueue(true)
      yield* Effect.fork(queue.sendAll(new Uint8Array(1536 * KiB), limits))
      yield* settle
      queue.close()
      queue.abandon()
      turn()
      assert.deepStrictEqual([written.length, flushed()], [16, 0])
    })
  )

  it.live(
    "dies if a buffer is transferred before its turn, sends nothing of it, and continues with the next send",
    () =>
      Effect.gen(function* () {
        const { cut, queue, written } = makeQueue(false)
        yield* Effect.fork(queue.sendAll(new Uint8Array(1)))
        yield* settle
        const buffer = new Uint8Array(2)
        const sending = yield* Effect.fork(queue.sendAll([new Uint8Array(5), buffer]))
        yield* settle
        const next = yield* Effect.fork(queue.sendAll(new Uint8Array(3)))
        yield* settle
        transfer(buffer)
        queue.drained()
        assert.include(String(yield* Effect.flip(Effect.sandbox(Fiber.join(sending)))), "a buffer was transferred")
        queue.drained()
        yield* Fiber.join(next)
        assert.deepStrictEqual([written, cut()], [[1, 3], 0])
      })
  )

  for (const [how, change] of [
    ["transferred", transfer],
    ["shortened", ({ buffer }: Uint8Array) => resize(buffer, 100 * KiB)],
    ["lengthened", ({ buffer }: Uint8Array) => resize(buffer, 300 * KiB)]
  ] as const) {
    it.live(`dies and resets the connection if a buffer is ${how} after a part of it was sent`, () =>
      Effect.gen(function* () {
        const { cut, queue, written } = makeQueue(false)
        const buffer = resizable(200 * KiB)
        const sending = yield* Effect.fork(queue.sendAll([new Uint8Array(0), buffer], limits))
        const behind = yield* Effect.fork(queue.sendAll(new Uint8Array(3)))
        yield* settle
        change(buffer)
        queue.drained()
        assert.include(String(yield* Effect.flip(Effect.sandbox(Fiber.join(sending)))), "transferred or resized")
        assert.strictEqual((yield* Effect.flip(Fiber.join(behind))).reason, "Closed")
        assert.deepStrictEqual([written, cut(), queue.isFlushing], [[64 * KiB], 1, false])
      })
    )
  }

  it.live("sends an array of another realm, alone and in a list", () =>
    Effect.gen(function* () {
      const { queue, written } = makeQueue(true)
      const foreign: Uint8Array = runInNewContext("new Uint8Array([1, 2, 3])")
      assert.isFalse(foreign instanceof Uint8Array)
      yield* queue.sendAll(foreign)
      yield* queue.sendAll([foreign, new Uint8Array(2)])
      assert.deepStrictEqual([written, queue.sent], [[3, 5], 8])
    })
  )

  it.live("dies if it is given anything but bytes, or a buffer that has been transferred, and sends nothing", () =>
    Effect.gen(function* () {
      const { queue, written } = makeQueue(true)
      const gone = new Uint8Array(4)
      transfer(gone)
      const wrong = [new Uint16Array(2), new ArrayBuffer(2), new DataView(new ArrayBuffer(2)), "text", [1, 2], ["a"]]
      for (const value of [...wrong, undefined, null, 1, gone, [new Uint8Array(1), gone]]) {
        const exit = yield* Effect.exit(queue.sendAll(value as Uint8Array))
        assert.match(String(exit), /option bytes must be/)
      }
      yield* queue.sendAll([new Uint8Array(0), new Uint8Array(8).subarray(8)])
      assert.deepStrictEqual(written, [])
    })
  )
})
