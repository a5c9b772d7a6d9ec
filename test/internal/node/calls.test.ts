/** What Node is asked to do on the way of a byte, counted: no more than it takes. */
import * as net from "node:net"
import * as stream from "node:stream"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"

const node = Effect.provide(NodeNetwork.layer)

/** Of each call of a method of Node's, with how many arguments it was made. */
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

describe("on the way of a byte", () => {
  it.scopedLive(
    "the same receive is the same effect, and a send that is taken at once asks Node to call nothing back",
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

  it.scopedLive("what comes for an accepted socket passes by Node's stream while nothing holds it back", () =>
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
