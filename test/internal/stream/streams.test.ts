import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { make } from "../../../src/internal/stream/socket.ts"
import { type Connection, TransportTypeId } from "../../../src/internal/stream/transport.ts"
import * as Socket from "../../../src/Socket.ts"
import { ends } from "../receive/idle.ts"

/** A connection that always has bytes to receive. */
const connection: Connection = {
  [TransportTypeId]: TransportTypeId,
  ...ends,
  recv: () => Effect.as(Effect.yieldNow(), Option.some(new Uint8Array(1))),
  recvWith: () => Effect.never,
  sendAll: () => Effect.void,
  shutdownSend: Effect.void,
  close: Effect.void,
  abort: Effect.void,
  awaitEnd: Effect.never,
  stats: Effect.succeed({ bytesReceived: 1, bytesBuffered: 1, bytesSent: 0, bytesUnsent: 0 })
}

const flooded = make(connection)

describe("channel", () => {
  it.effect("fails when its input fails, even if it never has to wait for bytes to receive", () =>
    Effect.gen(function* () {
      const output = Stream.pipeThroughChannel(Stream.fail("no more" as const), Socket.toChannel<"no more">(flooded))
      const exit = yield* Effect.exit(Stream.runDrain(Stream.take(output, 1000)))
      assert.deepStrictEqual(exit, Exit.fail("no more" as const))
    })
  )
})
