/** Counts the calls into Node for a send and a receive: no more than necessary. */
import * as net from "node:net"
import * as stream from "node:stream"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"

const node = Effect.provide(NodeNetwork.layer)

/** Records the number of arguments of each call of a method of Node. */
const countingArguments = <K extends string>(prototype: { [_ in K]: unknown }, name: K) =>
  Effect.gen(function* () {
    const [method, calls] = [prototype[name], [] as Array<number>]
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        prototype[name] = function (this: unknown, ...args: Array<unknown>) {
          calls.push(args.length)
          return Reflect.apply(method as () => unknown, this, args)
        }
      }),
      () =>
        Effect.sync(() => {
          prototype[name] = method
        })
    )
    return calls
  })

describe("a send and a receive", () => {
  it.scopedLive(
    "reuse the effect of the same receive, and request no callback if the kernel takes the bytes at once",
    () =>
      Effect.gen(function* () {
        const [one, other] = yield* Network.pair
        assert.strictEqual(one.recv(1024), one.recv(1024))
        assert.notStrictEqual(one.recv(1024), one.recv(1023))
        const calls = yield* countingArguments(net.Socket.prototype, "write")
        for (let i = 0; i < 3; i++) {
          yield* one.sendText("ping")
          yield* other.recvExactly(4)
        }
        assert.deepStrictEqual(calls, [1, 1, 1])
      }).pipe(node)
  )

  it.scopedLive("bypass Node's stream on an accepted socket while it is not paused", () =>
    Effect.gen(function* () {
      const pushes = yield* countingArguments(stream.Readable.prototype, "push")
      const [one, other] = yield* Network.pair
      for (let i = 0; i < 3; i++) {
        yield* one.sendText("ping")
        yield* other.recvExactly(4)
      }
      assert.deepStrictEqual(pushes, [])
      yield* one.close
      assert.deepStrictEqual(yield* other.recv(1), Option.none())
      assert.isAbove(pushes.length, 0)
    }).pipe(node)
  )
})
