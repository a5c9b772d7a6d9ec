/** recv, peek and decode: the same bytes have the same results in Python and here. */
import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Client from "../../src/Client.ts"
import type * as Encoding from "../../src/Encoding.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import type * as Socket from "../../src/Socket.ts"
import * as SocketError from "../../src/SocketError.ts"
import { tcp } from "../conformance/transports.ts"
import { toHex } from "../fixtures/codecOracle.ts"
import { turns } from "../internal/node/peer.ts"
import { found, hasPython, listeningAt, meet, python, skipped, ways, wordsOf } from "./python.ts"

const node = Effect.provide(NodeNetwork.layer)

/** The bytes of a receive; empty at the end, as in Python. */
const received = <E>(receive: Effect.Effect<Option.Option<Uint8Array>, E>) =>
  Effect.map(
    receive,
    Option.getOrElse(() => new Uint8Array(0))
  )

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** Waits until `size` bytes can be received, and consumes none. */
const queued = (socket: Socket.Socket, size: number): Effect.Effect<void> =>
  Effect.iterate(0, {
    while: bytes => bytes < size,
    body: () =>
      Effect.zipRight(
        turns(1),
        Effect.map(socket.stats, stats => stats.bytesBuffered)
      )
  })

/** Does the same as `receiving.py`. */
const sameAsPython = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    yield* queued(socket, 5000)
    const peeked = yield* received(socket.peekFull(2))
    const pieces = yield* Effect.all([1024, 1024, 2 ** 24].map(bufsize => received(socket.recv(bufsize))))
    const negative = yield* Effect.flip(socket.recv(-1))
    yield* socket.shutdownSend
    const ends = yield* Effect.all([received(socket.recv(1)), received(socket.recv(2 ** 24))])
    return {
      peeked: toHex(peeked),
      sizes: pieces.map(piece => piece.length),
      hashes: pieces.map(sha256),
      negative: SocketError.toPythonName(negative),
      ends: ends.map(toHex)
    }
  })

describe("recv", () => {
  const bytes = Uint8Array.from({ length: 5000 }, (_, i) => (i * 31 + (i >> 8)) % 256)

  for (const way of ways) {
    it.scopedLive.skipIf(way.skip)(
      `peeks at 5000 queued bytes, returns 1024, 1024 and the rest, then the end, as in Python: ${way.name}`,
      () =>
        Effect.gen(function* () {
          const [socket, running] = yield* meet(way, "receiving.py", [])
          yield* socket.sendAll(bytes)
          const ours = yield* sameAsPython(socket)
          assert.deepStrictEqual(ours.sizes, [1024, 1024, 2952])
          assert.deepStrictEqual<unknown>(yield* found(running), ours)
          assert.strictEqual(ours.peeked, toHex(bytes.subarray(0, 2)))
        }).pipe(node)
    )
  }
})

describe.skipIf(!hasPython)(`decode${skipped}`, () => {
  const cases: ReadonlyArray<readonly [encoding: Encoding.Encoding, hex: string]> = [
    ["ascii", "636166c3a9ff"],
    ["ascii", "80"],
    ["ascii", "6100627f"],
    ["utf-8", "636166c3a9"],
    ["utf-8", "636166c3"],
    ["utf-8", "f09f98"],
    ["utf-8", "61c328"],
    ["utf-8", "eda080"],
    ["utf-8", "f4908080"],
    ["utf-8", "ff"],
    ["utf-8", "61c080"],
    ["utf-8", "e282c3a9"],
    ["utf-8", "efbbbf78"],
    ["latin1", "636166e9ff80"]
  ]

  it.scopedLive(
    "receiveOnce returns the same text as Python, or fails with the same message as its UnicodeDecodeError",
    () =>
      Effect.gen(function* () {
        const free = yield* tcp.free
        const running = yield* python("decoding.py", "listen", ...wordsOf(free), JSON.stringify(cases))
        const address = yield* listeningAt(running, free)
        const ours = yield* Effect.forEach(cases, ([encoding]) =>
          Effect.match(Client.receiveOnce(address, { encoding }), {
            onFailure: error => ({ error: error.message }),
            onSuccess: text => ({ text })
          })
        )
        assert.deepStrictEqual(ours.filter(answer => "error" in answer).length, 10)
        assert.deepStrictEqual(yield* found(running), { answers: ours })
      }).pipe(node)
  )

  it.scopedLive("receiveMessage returns the same text as Python, or fails at the same byte for the same reason", () =>
    Effect.gen(function* () {
      const free = yield* tcp.free
      const running = yield* python("decoding.py", "listen", ...wordsOf(free), JSON.stringify(cases))
      const address = yield* listeningAt(running, free)
      const ours = yield* Effect.forEach(cases, ([encoding]) =>
        Effect.match(Client.receiveMessage(address, { encoding, bufsize: 1 }), {
          onFailure: error => error._tag === "DecodeError" && [error.streamOffset, error.reason],
          onSuccess: ({ text }) => text
        })
      )
      const theirs = (yield* found(running)).answers
      assert.deepStrictEqual<unknown>(ours, (theirs as ReadonlyArray<Answer>).map(expected))
    }).pipe(node)
  )
})

interface Answer {
  readonly text?: string
  readonly error?: string
}

/** The position and the reason in the message of Python, or its text. */
const expected = ({ error, text }: Answer) => {
  const [, start, reason] = /position (\d+)(?:-\d+)?: (.*)$/.exec(error ?? "") ?? []
  return error === undefined ? text : [Number(start), reason]
}
