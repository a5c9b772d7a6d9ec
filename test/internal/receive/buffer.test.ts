import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Scheduler from "effect/Scheduler"
import { ReceiveBuffer } from "../../../src/internal/receive/buffer.ts"
import { take } from "../../../src/internal/receive/step.ts"
import * as steps from "../../../src/internal/stream/receives.ts"
import type { Connection } from "../../../src/internal/stream/transport.ts"
import { ends, idle } from "./idle.ts"

const { localAddress, remoteAddress } = ends

const makeBuffer = (highWaterMark = 1024) => {
  const flow: Array<"pause" | "resume"> = []
  const buffer = new ReceiveBuffer({
    ...idle,
    highWaterMark,
    pause: () => flow.push("pause"),
    resume: () => flow.push("resume")
  })
  return { buffer, flow }
}

const transportOf = (buffer: ReceiveBuffer) =>
  ({
    localAddress,
    remoteAddress,
    recv: (bufsize: number) => buffer.recv(bufsize),
    recvWith: step => buffer.recvWith(step)
  }) as Connection

/**
 * Yields before about one step in thirty, chosen by a seed, so that a yield happens many times between any two steps. A
 * yield is a dozen steps itself, so with one in three the test would never end.
 */
class YieldingScheduler implements Scheduler.Scheduler {
  private readonly inner = new Scheduler.MixedScheduler(2048)
  private seed = 1
  scheduleTask(task: Scheduler.Task, priority: number) {
    this.inner.scheduleTask(task, priority)
  }
  shouldYield() {
    this.seed = (Math.imul(this.seed, 1_664_525) + 1_013_904_223) | 0
    return this.seed >>> 16 < 2_000 ? 0 : (false as const)
  }
}

const receivers: Readonly<
  Record<string, (of: Connection, n: number) => Effect.Effect<Option.Option<Uint8Array> | Uint8Array, unknown>>
> = {
  recv: (of, n) => of.recv(n),
  recvExactly: (of, n) => steps.recvExactly(of, n),
  "a step": (of, n) =>
    of.recvWith((view, ended) => {
      const here = Math.min(view.length, n)
      if (here === 0) {
        return ended ? take(0, Option.none()) : { _tag: "More", atLeast: 1 }
      }
      return take(here, Option.some(view.slice(0, here)))
    })
}

describe("interruption", () => {
  for (const name of ["recv", "recvExactly", "a step"]) {
    it.live(`${name}: an interruption between any two steps of its fiber loses no byte`, () =>
      Effect.gen(function* () {
        const { buffer } = makeBuffer()
        const transport = transportOf(buffer)
        const receive = receivers[name]!
        const got: Array<number> = []
        let sent = 0
        let interrupted = 0
        for (let i = 0; i < 3000; i++) {
          const fiber = yield* Effect.fork(
            // Not `Effect.map`: it runs its function in a separate step, and an interruption may come before that step.
            Effect.flatMap(receive(transport, 1 + (i % 3)), bytes => {
              got.push(...(bytes instanceof Uint8Array ? bytes : Option.getOrElse(bytes, () => new Uint8Array(0))))
              return Effect.void
            })
          )
          for (let j = 0; j < i % 7; j++) {
            yield* Effect.yieldNow()
          }
          if (i % 2 === 0) {
            buffer.push(Uint8Array.from([sent++ % 256, sent++ % 256, sent++ % 256]))
          }
          for (let j = 0; j < i % 5; j++) {
            yield* Effect.yieldNow()
          }
          const exit = yield* Fiber.interrupt(fiber)
          interrupted += exit._tag === "Failure" ? 1 : 0
        }
        buffer.end()
        while (true) {
          const rest = yield* buffer.recv(1024)
          if (Option.isNone(rest)) {
            break
          }
          got.push(...rest.value)
        }
        assert.isAbove(interrupted, 100)
        assert.strictEqual(got.length, sent)
        assert.isTrue(got.every((byte, i) => byte === i % 256))
      }).pipe(Effect.withScheduler(new YieldingScheduler()))
    )
  }

  it.live("an interrupted receiver gives its turn back, in whichever step the interruption comes", () =>
    Effect.gen(function* () {
      const { buffer } = makeBuffer()
      for (let i = 0; i < 500; i++) {
        const fiber = yield* Effect.fork(buffer.recv(1))
        for (let j = 0; j < i % 6; j++) {
          yield* Effect.yieldNow()
        }
        if (i % 3 === 0) {
          buffer.push(Uint8Array.of(1))
        }
        yield* Fiber.interrupt(fiber)
        buffer.push(Uint8Array.of(2))
        assert.isTrue(Option.isSome(yield* buffer.recv(1)))
      }
    }).pipe(Effect.withScheduler(new YieldingScheduler()))
  )
})

describe("arriving bytes", () => {
  it.live("a step that asks for bytes that are already buffered waits for one more byte", () =>
    Effect.gen(function* () {
      const { buffer } = makeBuffer()
      buffer.push(Uint8Array.of(1, 2, 3))
      const seen: Array<number> = []
      const fiber = yield* Effect.fork(
        buffer.recvWith(view => {
          seen.push(view.length)
          return view.length > 3 ? take(view.length, "four") : { _tag: "More", atLeast: 2 }
        })
      )
      yield* Effect.yieldNow()
      assert.deepStrictEqual(seen, [3])
      buffer.push(Uint8Array.of(4))
      assert.strictEqual(yield* Fiber.join(fiber), "four")
      assert.deepStrictEqual(seen, [3, 4])
    })
  )

  it.live("empty chunks are not kept", () =>
    Effect.sync(() => {
      const { buffer } = makeBuffer()
      buffer.push(Uint8Array.of(1))
      for (let i = 0; i < 1000; i++) buffer.push(new Uint8Array(0))
      assert.deepStrictEqual([buffer.size, buffer["queue"]["rest"].length], [1, 0])
    })
  )

  it.live("bytes that arrive after the close are dropped and not counted", () =>
    Effect.sync(() => {
      const { buffer } = makeBuffer()
      buffer.push(Uint8Array.of(1))
      buffer.close()
      buffer.push(new Uint8Array(1000))
      assert.deepStrictEqual([buffer.size, buffer.received], [0, 1])
    })
  )

  it.live("a connection that has ended is not resumed", () =>
    Effect.gen(function* () {
      const { buffer, flow } = makeBuffer(4)
      buffer.push(Uint8Array.of(1, 2, 3, 4))
      buffer.end()
      yield* buffer.recv(4)
      assert.deepStrictEqual(flow, ["pause"])
    })
  )
})

describe("the turn", () => {
  it.live("an uninterruptible receiver keeps its turn when it is interrupted", () =>
    Effect.gen(function* () {
      const { buffer } = makeBuffer()
      const first = yield* Effect.fork(Effect.uninterruptible(buffer.recv(1)))
      yield* Effect.yieldNow()
      yield* Effect.fork(Fiber.interrupt(first))
      yield* Effect.yieldNow()
      assert.strictEqual((yield* Effect.flip(buffer.recv(1))).reason, "Busy")
      buffer.push(Uint8Array.of(7, 8))
      yield* Fiber.await(first)
      assert.deepStrictEqual(yield* buffer.recv(9), Option.some(Uint8Array.of(8)))
    })
  )

  it.live("the finalizer of an interrupted receiver can receive", () =>
    Effect.gen(function* () {
      const { buffer } = makeBuffer()
      let seen: unknown
      const fiber = yield* Effect.fork(
        Effect.onInterrupt(buffer.recv(1), () => Effect.map(Effect.ignore(buffer.recv(1)), () => (seen = "free")))
      )
      yield* Effect.yieldNow()
      const interrupting = yield* Effect.fork(Fiber.interrupt(fiber))
      yield* Effect.yieldNow()
      buffer.push(Uint8Array.of(1))
      yield* Fiber.join(interrupting)
      assert.strictEqual(seen, "free")
    })
  )

  it.live("a waiting receive gets the bytes that arrived, even if the socket is closed before its fiber runs", () =>
    Effect.gen(function* () {
      const { buffer } = makeBuffer()
      const receiving = yield* Effect.fork(buffer.recv(2))
      yield* Effect.yieldNow()
      buffer.push(Uint8Array.of(1, 2, 3))
      buffer.close()
      assert.deepStrictEqual(yield* Fiber.join(receiving), Option.some(Uint8Array.of(1, 2)))
      assert.strictEqual(buffer.size, 0)
    })
  )

  it.live(
    "if a waiting receive is interrupted before its fiber runs, the next receive gets the bytes that arrived",
    () =>
      Effect.gen(function* () {
        const { buffer } = makeBuffer()
        const receiving = yield* Effect.fork(buffer.recv(2))
        yield* Effect.yieldNow()
        buffer.push(Uint8Array.of(1, 2, 3))
        receiving.unsafeInterruptAsFork(FiberId.none)
        yield* Fiber.await(receiving)
        assert.deepStrictEqual(yield* buffer.recv(9), Option.some(Uint8Array.of(1, 2, 3)))
      })
  )

  it.live("if a waiting receive is interrupted and the socket is closed, in either order, the bytes are dropped", () =>
    Effect.gen(function* () {
      for (const isFirst of [true, false]) {
        const { buffer } = makeBuffer()
        const receiving = yield* Effect.fork(buffer.recv(2))
        yield* Effect.yieldNow()
        buffer.push(Uint8Array.of(1, 2, 3))
        if (isFirst) buffer.close()
        receiving.unsafeInterruptAsFork(FiberId.none)
        if (!isFirst) buffer.close()
        yield* Fiber.await(receiving)
        yield* Effect.async<void>(resume => void setImmediate(() => resume(Effect.void)))
        assert.strictEqual(buffer.size, 0)
      }
    })
  )

  it.live(
    "a step that throws, takes too much or asks for more after the end is a defect, and gives the turn back",
    () =>
      Effect.gen(function* () {
        const { buffer } = makeBuffer()
        buffer.push(Uint8Array.of(1))
        const thrown = yield* Effect.exit(
          buffer.recvWith(() => {
            throw new Error("bug")
          })
        )
        assert.strictEqual(thrown._tag, "Failure")
        assert.strictEqual((yield* Effect.exit(buffer.recvWith(() => take(2, 0))))._tag, "Failure")
        assert.strictEqual((yield* Effect.exit(buffer.recvWith(() => take(0.5, 0))))._tag, "Failure")
        const nonsense = yield* Effect.exit(buffer.recvWith(() => ({ _tag: "More", atLeast: Number.NaN })))
        assert.strictEqual(nonsense._tag, "Failure")
        buffer.end()
        assert.strictEqual((yield* Effect.exit(buffer.recvWith(() => ({ _tag: "More", atLeast: 5 }))))._tag, "Failure")
        assert.deepStrictEqual(yield* buffer.recv(5), Option.some(Uint8Array.of(1)))
      })
  )
})

describe("the high-water mark", () => {
  it.live("pauses the connection when it is reached; the connection is resumed when the buffer is empty", () =>
    Effect.gen(function* () {
      const { buffer, flow } = makeBuffer(4)
      buffer.push(new Uint8Array(3))
      assert.deepStrictEqual(flow, [])
      buffer.push(new Uint8Array(3))
      buffer.push(new Uint8Array(3))
      assert.deepStrictEqual(flow, ["pause"])
      yield* buffer.recv(8)
      assert.deepStrictEqual(flow, ["pause"])
      yield* buffer.recv(8)
      assert.deepStrictEqual(flow, ["pause", "resume"])
    })
  )

  it.live("rises to the number of bytes that a step waits for, and no further", () =>
    Effect.gen(function* () {
      const { buffer, flow } = makeBuffer(4)
      buffer.push(new Uint8Array(5))
      const fiber = yield* Effect.fork(
        buffer.recvWith(view => (view.length < 10 ? { _tag: "More", atLeast: 10 } : take(10, view.length)))
      )
      yield* Effect.yieldNow()
      assert.deepStrictEqual(flow, ["pause", "resume"])
      buffer.push(new Uint8Array(4))
      assert.deepStrictEqual(flow, ["pause", "resume"])
      buffer.push(new Uint8Array(4))
      assert.deepStrictEqual(flow, ["pause", "resume", "pause"])
      assert.strictEqual(yield* Fiber.join(fiber), 13)
    })
  )

  it.live("falls back to its configured value when the receive that waits for more is interrupted", () =>
    Effect.gen(function* () {
      const { buffer, flow } = makeBuffer(4)
      const fiber = yield* Effect.fork(steps.recvAll(transportOf(buffer), { limit: Number.POSITIVE_INFINITY }))
      yield* Effect.yieldNow()
      buffer.push(new Uint8Array(5))
      assert.deepStrictEqual(flow, [])
      yield* Fiber.interrupt(fiber)
      buffer.push(new Uint8Array(1))
      assert.deepStrictEqual(flow, ["pause"])
      assert.deepStrictEqual(
        Option.map(yield* buffer.recv(8), ({ length }) => length),
        Option.some(6)
      )
      assert.deepStrictEqual(flow, ["pause", "resume"])
    })
  )

  it.live("stays raised for an uninterruptible receive that is interrupted", () =>
    Effect.gen(function* () {
      const { buffer, flow } = makeBuffer(4)
      const fiber = yield* Effect.fork(Effect.uninterruptible(steps.recvExactly(transportOf(buffer), 10)))
      yield* Effect.yieldNow()
      yield* Fiber.interruptFork(fiber)
      for (let turn = 0; turn < 10; turn++) yield* Effect.yieldNow()
      buffer.push(new Uint8Array(9))
      assert.deepStrictEqual(flow, [])
      buffer.push(new Uint8Array(1))
      yield* Fiber.await(fiber)
      assert.deepStrictEqual([buffer.size, flow], [0, ["pause", "resume"]])
    })
  )

  it("a step sees all bytes that were pushed, in pieces of any size", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 }), async sizes => {
        const { buffer } = makeBuffer()
        for (const size of sizes) {
          buffer.push(new Uint8Array(size))
        }
        const total = sizes.reduce((a, b) => a + b, 0)
        assert.strictEqual(await Effect.runPromise(buffer.recvWith(view => take(0, view.length))), total)
      })
    ))
})
