/** A framing decodes any Stream of bytes as it decodes the bytes of a socket. */
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as Stream from "effect/Stream"
import * as Framing from "../../../src/Framing.ts"
import { concat, utf8 } from "../../../src/internal/conformance/kit/bytes.ts"
import { LimitExceeded, UnexpectedEnd } from "../../../src/SocketError.ts"
import { samples } from "./framings.ts"

/** The bytes, cut at these places, in Chunks of two pieces. */
const cut = (bytes: Uint8Array, cuts: ReadonlyArray<number>): Stream.Stream<Uint8Array> => {
  const places = [0, ...cuts.map(at => at % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  const pieces = places.slice(1).map((to, i) => bytes.slice(places[i], to))
  return Stream.fromChunks(
    ...Array.from({ length: Math.ceil(pieces.length / 2) }, (_, i) =>
      Chunk.unsafeFromArray(pieces.slice(i * 2, i * 2 + 2))
    )
  )
}

const collect = <A, E>(stream: Stream.Stream<A, E>) => {
  const all: Array<A> = []
  return Effect.map(Effect.either(Stream.runForEach(stream, one => Effect.sync(() => all.push(one)))), end => ({
    all,
    end
  }))
}

describe("a framing on a Stream", () => {
  for (const [name, { framing, values, wireOf }] of Object.entries(samples)) {
    it(`emits the same messages wherever the bytes are cut: ${name}`, () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(values, { maxLength: 6 }),
          fc.array(fc.nat(), { maxLength: 12 }),
          async (all, cuts) => {
            const stream = Framing.decodeStream(cut(concat(all.map(wireOf)), cuts), framing)
            const seen = await Effect.runPromise(collect(stream))
            assert.deepStrictEqual(seen.all, all)
            assert.strictEqual(seen.end._tag, "Right")
          }
        ),
        { numRuns: 40 }
      ))
  }

  it.effect("emits the messages before a cut message, and then fails", () =>
    Effect.gen(function* () {
      const stream = Framing.decodeStream(cut(utf8("one\ntwo\nthr"), [2, 5]), Framing.lines())
      const { all, end } = yield* collect(stream)
      assert.deepStrictEqual(all, ["one", "two"])
      assert(end._tag === "Left" && end.left instanceof UnexpectedEnd)
      assert.strictEqual(end.left.available, 3)
    })
  )

  it.effect("fails as soon as a message is too long, and with the error of the Stream", () =>
    Effect.gen(function* () {
      const flood = Stream.forever(Stream.succeed(utf8("x".repeat(1000))))
      const tooLong = yield* collect(Framing.decodeStream(flood, Framing.lines({ limit: 10_000 })))
      assert(tooLong.end._tag === "Left" && tooLong.end.left instanceof LimitExceeded)
      const broken = Stream.concat(Stream.succeed(utf8("one\ntw")), Stream.fail("broken" as const))
      const failed = yield* collect(Framing.decodeStream(Framing.lines())(broken))
      assert.deepStrictEqual(failed.all, ["one"])
      assert(failed.end._tag === "Left" && failed.end.left === "broken")
    })
  )

  it.effect("keeps no reference to the bytes of the Stream", () =>
    Effect.gen(function* () {
      const shared = new Uint8Array(4)
      const stream = Stream.map(Stream.rechunk(Stream.make("ab", "c\n", "de", "f\n"), 1), text => {
        shared.set(utf8(text))
        return shared.subarray(0, 2)
      })
      const { all } = yield* collect(Framing.decodeStream(stream, Framing.lines()))
      assert.deepStrictEqual(all, ["abc", "def"])
    })
  )
})
