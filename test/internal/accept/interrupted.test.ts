/** Accepts that are interrupted while their fibers yield at random steps. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import { AcceptQueue } from "../../../src/internal/accept/queue.ts"
import { Random } from "../../../src/internal/conformance/kit/index.ts"
import * as SocketAddress from "../../../src/SocketAddress.ts"
import { AcceptError } from "../../../src/SocketError.ts"

const address = SocketAddress.unsafeInet("127.0.0.1", 80)

class YieldingScheduler extends Scheduler.MixedScheduler {
  private readonly random: Random
  constructor(random: Random) {
    super(2048)
    this.random = random
  }
  override shouldYield(fiber: Fiber.RuntimeFiber<unknown, unknown>): number | false {
    return this.random.next() < 0.03 ? 0 : super.shouldYield(fiber)
  }
}

/** A queue of numbers in place of connections, and an accept that notes each number in the step that returns it. */
const queueOf = (refuse: (n: number) => void = () => {}) => {
  const queue = new AcceptQueue<number>({
    address,
    capacity: 1000,
    open: n => n as never,
    refuse,
    close: Effect.void
  })
  const seen: Array<number> = []
  const accept = Effect.flatMap(queue.accept, take =>
    Effect.sync(() => {
      seen.push(take() as never)
    })
  )
  return { queue, seen, accept }
}

/** Lets timers run too. Fibers that only yield to one another would not. */
const turn = Effect.async<void>(resume => {
  setImmediate(() => resume(Effect.void))
})

const yields = (times: number) => Effect.repeatN(Effect.yieldNow(), times)

describe("accepts interrupted at random steps", () => {
  for (const seed of [1, 2, 3]) {
    it.live(`return each of 500 connections exactly once to three fibers that accept (seed ${seed})`, () => {
      const random = new Random(seed)
      return Effect.gen(function* () {
        const { accept, queue, seen } = queueOf()
        let offered = 0
        const interrupted = Effect.gen(function* () {
          const fiber = yield* Effect.fork(accept)
          yield* yields(random.int(0, 6))
          yield* Fiber.interrupt(fiber)
          yield* turn
        })
        const interrupting = yield* Effect.fork(Effect.forever(interrupted))
        const others = yield* Effect.fork(
          Effect.all([Effect.forever(accept), Effect.forever(interrupted)], { concurrency: 2 })
        )
        while (offered < 500) {
          queue.offer(offered++)
          if (random.int(0, 3) === 0) yield* turn
        }
        while ((yield* queue.stats).queued > 0) yield* turn
        yield* Fiber.interruptAll([interrupting, others])
        assert.deepStrictEqual(
          seen.toSorted((a, b) => a - b),
          Array.from({ length: 500 }, (_, n) => n)
        )
        assert.strictEqual((yield* queue.stats).accepted, 500)
      }).pipe(Effect.withScheduler(new YieldingScheduler(random)))
    })
  }
})

describe("a connection that is reserved for a fiber", () => {
  /** Holds the reservation of a fiber until it is interrupted. */
  const held = (queue: AcceptQueue<number>) => Effect.fork(Effect.zipRight(queue.accept, Effect.never))

  it.effect("goes to the fiber that waits, if the first is interrupted", () =>
    Effect.gen(function* () {
      const { accept, queue, seen } = queueOf()
      const first = yield* held(queue)
      const second = yield* Effect.fork(accept)
      yield* Effect.yieldNow()
      queue.offer(1)
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(first)
      yield* Fiber.join(second)
      assert.deepStrictEqual(seen, [1])
    })
  )

  it.effect("comes before those that arrived later, if the fiber is interrupted", () =>
    Effect.gen(function* () {
      const { accept, queue, seen } = queueOf()
      for (const n of [1, 2, 3]) queue.offer(n)
      const first = yield* held(queue)
      yield* Effect.yieldNow()
      assert.strictEqual((yield* queue.stats).queued, 3)
      yield* Fiber.interrupt(first)
      yield* Effect.repeatN(accept, 2)
      assert.deepStrictEqual(seen, [1, 2, 3])
    })
  )

  it.effect("is refused, if the fiber is interrupted after the listener has closed", () =>
    Effect.gen(function* () {
      const refused: Array<number> = []
      const { queue } = queueOf(n => void refused.push(n))
      queue.offer(1)
      const first = yield* held(queue)
      yield* Effect.yieldNow()
      queue.end(new AcceptError({ reason: "Closed", address }))
      assert.deepStrictEqual(refused, [])
      yield* Fiber.interrupt(first)
      while (refused.length === 0) yield* Effect.yieldNow()
      assert.deepStrictEqual(refused, [1])
    })
  )

  it.effect("cannot be taken after it went to another fiber", () =>
    Effect.gen(function* () {
      const { queue } = queueOf()
      queue.offer(1)
      const taking = yield* Effect.fork(
        Effect.uninterruptibleMask(restore =>
          Effect.flatMap(restore(queue.accept), take => Effect.zipRight(yields(5), Effect.sync(take)))
        )
      )
      yield* Effect.yieldNow()
      yield* Fiber.interruptFork(taking)
      yield* yields(1)
      const other = yield* queue.accept
      assert.strictEqual(other() as never, 1)
      assert.isTrue(Exit.isFailure(yield* Fiber.await(taking)))
    })
  )
})

describe("a reserved connection", () => {
  it.live("of a fiber that has ended without taking it goes to the next accept", () =>
    Effect.gen(function* () {
      const { accept, queue, seen } = queueOf()
      queue.offer(1)
      yield* Fiber.join(yield* Effect.fork(queue.accept))
      yield* accept
      assert.deepStrictEqual(seen, [1])
    })
  )

  it.live("that its fiber keeps for long does not keep the scheduler busy", () =>
    Effect.gen(function* () {
      const { accept, queue } = queueOf()
      let tasks = 0
      class Counting extends Scheduler.MixedScheduler {
        override scheduleTask(task: Scheduler.Task, priority: number): void {
          tasks += 1
          super.scheduleTask(task, priority)
        }
      }
      queue.offer(1)
      const keeper = yield* Effect.fork(
        Effect.withScheduler(
          Effect.flatMap(queue.accept, () => Effect.never),
          new Counting(2048)
        )
      )
      yield* yields(3)
      const waiting = yield* Effect.fork(accept)
      for (let n = 0; n < 5000; n++) yield* Effect.yieldNow()
      yield* turn
      const after = tasks
      for (let n = 0; n < 5000; n++) yield* Effect.yieldNow()
      yield* turn
      assert.strictEqual(tasks, after)
      yield* Fiber.interrupt(keeper)
      yield* Fiber.interrupt(waiting)
    })
  )
})
