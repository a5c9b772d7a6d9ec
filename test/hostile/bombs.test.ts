/**
 * A peer that floods: it announces a frame of 4 GiB, or begins a line or a document that never ends, and sends as long as it
 * is let. It is refused at the limit, which the error names, and the memory it takes is bounded.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Framing from "../../src/Framing.ts"
import { utf8 } from "../../src/internal/conformance/kit/bytes.ts"
import * as Network from "../../src/Network.ts"
import type { RecvError } from "../../src/SocketError.ts"
import { LimitExceeded } from "../../src/SocketError.ts"
import { onEach } from "../networks.ts"
import { collect } from "./collect.ts"

const kib = 1024
const mib = 1024 * kib

interface Bomb {
  readonly name: string
  readonly framing: Framing.Framing<unknown, unknown, unknown, never>
  /** What it begins with, and what it goes on with. */
  readonly fuse: Uint8Array
  readonly powder: string
  readonly message: string
}

const bombs: ReadonlyArray<Bomb> = [
  {
    name: "a prefix of 4 bytes that announces 4 GiB",
    framing: Framing.lengthPrefixed({ size: 4 }),
    fuse: Uint8Array.of(0xff, 0xff, 0xff, 0xff),
    powder: "x",
    message: "lengthPrefixed: a frame of 4294967295 bytes was announced, and the limit is 16777216"
  },
  {
    name: "a varint that announces 2^63 bytes",
    framing: Framing.lengthPrefixed({ size: "varint" }),
    fuse: Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01),
    powder: "x",
    message: "lengthPrefixed: a frame of more than 9007199254740991 bytes was announced, and the limit is 16777216"
  },
  {
    name: "a line that never ends",
    framing: Framing.lines(),
    fuse: utf8("GET "),
    powder: "/a",
    message: "lines: more than 65536 bytes came"
  },
  {
    name: "a frame whose delimiter almost comes, again and again",
    framing: Framing.delimited("--ab--abc"),
    fuse: utf8(""),
    powder: "--ab--ab",
    message: "delimited: more than 65536 bytes came"
  },
  {
    name: "a document that never ends",
    framing: Framing.ndjson({ limit: 4 * mib }),
    fuse: utf8("[1"),
    powder: ",[2",
    message: "ndjson: more than 4194304 bytes came"
  }
]

const memory = Effect.sync(() => {
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return arrayBuffers + heapUsed
})

/** A peer that sends until it is cut off; how much it got rid of, and what a receive of ours comes to. */
const explode = ({ framing, fuse, powder }: Bomb) =>
  Effect.scoped(
    Effect.gen(function* () {
      const [peer, socket] = yield* Network.pair
      const piece = utf8(powder.repeat((64 * kib) / powder.length))
      const flooding = yield* Effect.fork(Effect.zipRight(peer.sendAll(fuse), Effect.forever(peer.sendAll(piece))))
      const error = yield* Effect.flip(
        Framing.recv(socket, framing) as Effect.Effect<unknown, RecvError | LimitExceeded>
      )
      const { bytesReceived } = yield* socket.stats
      yield* socket.abort
      assert.isTrue(Exit.isFailure(yield* Fiber.await(flooding)))
      return { error, bytesReceived }
    })
  )

onEach(test => {
  for (const bomb of bombs) {
    test(`${bomb.name} is refused at the limit, over and over, and the memory stays where it was`, () =>
      Effect.gen(function* () {
        yield* explode(bomb)
        collect()
        const before = yield* memory
        let most = 0
        for (let n = 0; n < 20; n++) {
          // What one has left behind is not the next one's, and what is still held counts all the same.
          collect()
          const { bytesReceived, error } = yield* explode(bomb)
          assert(error instanceof LimitExceeded, String(error))
          assert.strictEqual(error.message, bomb.message)
          assert.isAtMost(bytesReceived, (error.announced === undefined ? error.limit : 0) + 512 * kib)
          most = Math.max(most, (yield* memory) - before)
        }
        // A line as long as the limit, twice as much room for it, and what is not collected yet: never what was announced.
        assert.isBelow(most, 32 * mib)
      }))
  }
})
