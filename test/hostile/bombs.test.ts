/**
 * Peers that announce a frame of 4 GiB, or begin a line or a document that never ends, and send as long as they can. The
 * receive fails at the limit, the error has the limit, and memory is bounded.
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
  /** The first bytes that the peer sends. */
  readonly fuse: Uint8Array
  /** The text that the peer repeats after them. */
  readonly powder: string
  /** The message of the expected error. */
  readonly message: string
}

const bombs: ReadonlyArray<Bomb> = [
  {
    name: "a prefix of 4 bytes that announces 4 GiB",
    framing: Framing.lengthPrefixed({ size: 4 }),
    fuse: Uint8Array.of(0xff, 0xff, 0xff, 0xff),
    powder: "x",
    message: "lengthPrefixed: the prefix announces a frame of 4294967295 bytes, and the limit is 16777216"
  },
  {
    name: "a varint that announces 2^63 bytes",
    framing: Framing.lengthPrefixed({ size: "varint" }),
    fuse: Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01),
    powder: "x",
    message:
      "lengthPrefixed: the prefix announces a frame of more than 9007199254740991 bytes, and the limit is 16777216"
  },
  {
    name: "a line that never ends",
    framing: Framing.lines(),
    fuse: utf8("GET "),
    powder: "/a",
    message: "lines: received more than the limit of 65536 bytes"
  },
  {
    name: "a frame that repeats a part of its delimiter without end",
    framing: Framing.delimited("--ab--abc"),
    fuse: utf8(""),
    powder: "--ab--ab",
    message: "delimited: received more than the limit of 65536 bytes"
  },
  {
    name: "a document that never ends",
    framing: Framing.ndjson({ limit: 4 * mib }),
    fuse: utf8("[1"),
    powder: ",[2",
    message: "ndjson: received more than the limit of 4194304 bytes"
  }
]

const memory = Effect.sync(() => {
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return arrayBuffers + heapUsed
})

/** Runs a peer that sends until it is aborted. Returns the error of the receive and the number of received bytes. */
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
    test(`${bomb.name}: the receive fails at the limit, each time, and memory does not grow`, () =>
      Effect.gen(function* () {
        yield* explode(bomb)
        collect()
        const before = yield* memory
        let most = 0
        for (let n = 0; n < 20; n++) {
          // Garbage of the last round must not count in this one. Memory that is still held counts.
          collect()
          const { bytesReceived, error } = yield* explode(bomb)
          assert(error instanceof LimitExceeded, String(error))
          assert.strictEqual(error.message, bomb.message)
          assert.isAtMost(bytesReceived, (error.announced === undefined ? error.limit : 0) + 512 * kib)
          most = Math.max(most, (yield* memory) - before)
        }
        // Enough for a line as long as the limit, a buffer of twice its size, and garbage, but not for an announced frame.
        assert.isBelow(most, 32 * mib)
      }))
  }
})
