/** Errors of accepting after which the listener continues. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { AcceptQueue } from "../../../src/internal/accept/queue.ts"
import * as SocketAddress from "../../../src/SocketAddress.ts"
import { AcceptError } from "../../../src/SocketError.ts"

const address = SocketAddress.unsafeInet("127.0.0.1", 80)
const error = (code: string) => new AcceptError({ reason: "Unknown", address, code })
const code = (failing: Effect.Effect<unknown, AcceptError>) => Effect.map(Effect.flip(failing), ({ code }) => code)

/** A queue of names in place of connections. */
const queueOf = (refuse: (name: string) => void) =>
  new AcceptQueue<string>({ address, capacity: 8, open: name => name as never, refuse, close: Effect.void })

const accepting = (queue: AcceptQueue<string>): Effect.Effect<unknown, AcceptError> =>
  Effect.flatMap(queue.accept, take => Effect.sync(take))

describe("an accept queue that has failed", () => {
  it.effect("fails all waiting fibers, and then continues", () =>
    Effect.gen(function* () {
      const queue = queueOf(() => {})
      const accept = accepting(queue)
      const first = yield* Effect.fork(code(accept))
      const second = yield* Effect.fork(code(accept))
      yield* Effect.yieldNow()
      queue.fail(error("EPROTO"))
      assert.deepStrictEqual(yield* Fiber.join(Fiber.zip(first, second)), ["EPROTO", "EPROTO"])
      queue.offer("one")
      assert.strictEqual(yield* accept, "one")
    })
  )

  it.effect("with no waiting fiber: returns the connections that wait, then fails the next accept once", () =>
    Effect.gen(function* () {
      const queue = queueOf(() => {})
      const accept = accepting(queue)
      queue.offer("one")
      queue.fail(error("ENETDOWN"))
      assert.strictEqual(yield* accept, "one")
      assert.strictEqual(yield* code(accept), "ENETDOWN")
      const waiting = yield* Effect.fork(accept)
      yield* Effect.yieldNow()
      queue.offer("two")
      assert.strictEqual(yield* Fiber.join(waiting), "two")
    })
  )

  it.effect("can still end: accept fails with the error of the end, and connections that wait are refused", () =>
    Effect.gen(function* () {
      const turned: Array<string> = []
      const queue = queueOf(one => void turned.push(one))
      queue.fail(error("EPROTO"))
      queue.offer("one")
      queue.end(error("the end"))
      assert.strictEqual(yield* code(accepting(queue)), "the end")
      assert.deepStrictEqual(turned, ["one"])
      queue.offer("late")
      assert.deepStrictEqual(turned, ["one", "late"])
      queue.end(error("another end"))
      assert.strictEqual(yield* code(accepting(queue)), "the end")
    })
  )
})
