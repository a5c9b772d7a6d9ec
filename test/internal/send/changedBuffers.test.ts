/** What happens to a connection whose program transfers a buffer to another thread before the send of it has returned. */
import { assert, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Network from "../../../src/Network.ts"
import * as SimulatedNetwork from "../../../src/SimulatedNetwork.ts"
import * as Socket from "../../../src/Socket.ts"
import { onEach } from "../../networks.ts"

const transfer = (buffer: Uint8Array<ArrayBuffer>) =>
  Effect.sync(() => void structuredClone(buffer.buffer, { transfer: [buffer.buffer] }))

/** More than a connection takes while its peer does not receive. */
const much = 32 * 1024 * 1024

/** Waits until the send has begun. It cannot finish, because the peer does not receive. */
const begun = (socket: Socket.Socket): Effect.Effect<void> =>
  Effect.flatMap(Effect.zipRight(Effect.yieldNow(), socket.stats), ({ bytesUnsent }) =>
    bytesUnsent > 0 ? Effect.void : begun(socket)
  )

const received = (socket: Socket.Socket) =>
  Effect.match(socket.recvAll({ limit: 2 * much }), {
    onFailure: error => ("reason" in error ? error.reason : error._tag),
    onSuccess: () => "End"
  })

onEach(test => {
  test("a send in pieces dies, the peer sees a reset and no whole message, and other connections go on", () =>
    Effect.gen(function* () {
      const [a, b] = yield* Network.pair
      const [other, peer] = yield* Network.pair
      const second = new Uint8Array(much)
      const timed = Socket.withTimeouts(a, { sendTimeout: "1 minute" })
      const sending = yield* Effect.fork(timed.sendAll([new Uint8Array(much), second]))
      yield* begun(a)
      yield* transfer(second)
      assert.strictEqual(yield* received(b), "Reset")
      const cause = yield* Effect.flip(Effect.sandbox(Fiber.join(sending)))
      assert.match(Cause.pretty(cause), /a buffer was transferred or resized/)
      yield* other.sendText("goes on")
      assert.deepStrictEqual((yield* peer.recvExactly(7)).length, 7)
    }))
})

it.live("in a simulation, a send in flight fails with EFAULT, as it may with a kernel", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const [a, b] = yield* Network.pair
      const buffer = new Uint8Array(much)
      const sending = yield* Effect.fork(Effect.flip(a.sendAll(buffer)))
      yield* begun(a)
      yield* transfer(buffer)
      yield* received(b)
      const { code, reason } = yield* Fiber.join(sending)
      assert.deepStrictEqual([reason, code], ["Unknown", "EFAULT"])
    })
  )
)
