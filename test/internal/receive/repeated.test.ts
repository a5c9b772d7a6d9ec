import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { ReceiveBuffer } from "../../../src/internal/receive/buffer.ts"
import { repeated } from "../../../src/internal/receive/repeated.ts"
import { batchOf, fail, more, take } from "../../../src/internal/receive/step.ts"
import type { Step } from "../../../src/Socket.ts"
import { idle } from "./idle.ts"

const makeBuffer = (...bytes: ReadonlyArray<number>) => {
  const buffer = new ReceiveBuffer(idle)
  buffer.push(Uint8Array.from(bytes))
  return buffer
}

/** A message is a byte with the number of the bytes that follow. With 9 the step fails, and with 8 it throws. */
const framed: Step<ReadonlyArray<number>, string> = (view, _ended, offset) => {
  const length = view[0]!
  if (length === 9) return fail(`at ${offset}`)
  if (length === 8) throw new Error("a bug in a step")
  return view.length > length ? take(1 + length, [...view.subarray(1, 1 + length)]) : more(1 + length)
}

/** Lets other fibers run until the condition is true. */
const until = (condition: () => boolean) =>
  Effect.repeat(Effect.yieldNow(), { until: condition, times: 1000 }).pipe(
    Effect.andThen(() => assert.isTrue(condition()))
  )

const streamIn = <A, E>(buffer: ReceiveBuffer, step: Step<A, E>) =>
  repeated(buffer.recvWith(batchOf(step)), batch => batch)

const chunksOf = <A, E>(stream: Stream.Stream<A, E>) =>
  Stream.runCollect(Stream.chunks(stream)).pipe(
    Effect.map(chunks => Chunk.toReadonlyArray(Chunk.map(chunks, Chunk.toReadonlyArray)))
  )

/** Returns the Chunks that were emitted, and how the stream ended. */
const outcomeOf = <A, E>(stream: Stream.Stream<A, E>) =>
  Effect.gen(function* () {
    const chunks: Array<ReadonlyArray<A>> = []
    const exit = yield* Effect.exit(
      Stream.runForEachChunk(stream, chunk => Effect.sync(() => chunks.push(Chunk.toReadonlyArray(chunk))))
    )
    return { chunks, exit }
  })

describe("batchOf", () => {
  it.live("returns all buffered messages as one Chunk, and ends if the stream ends after a complete message", () =>
    Effect.gen(function* () {
      const buffer = makeBuffer(1, 11, 0, 2, 21, 22, 3, 31)
      const fiber = yield* Effect.fork(chunksOf(streamIn(buffer, framed)))
      yield* until(() => buffer.size === 2)
      buffer.push(Uint8Array.of(32, 33))
      buffer.end()
      assert.deepStrictEqual(yield* Fiber.join(fiber), [[[11], [], [21, 22]], [[31, 32, 33]]])
    })
  )

  it.live("a step fails after the messages before the invalid one, which stays in the socket", () =>
    Effect.gen(function* () {
      const buffer = makeBuffer(1, 11, 1, 12, 9, 13)
      const { chunks, exit } = yield* outcomeOf(streamIn(buffer, framed))
      assert.deepStrictEqual(chunks, [[[11], [12]]])
      assert.deepStrictEqual(exit, Exit.fail("at 4"))
      assert.deepStrictEqual(yield* buffer.recv(9), Option.some(Uint8Array.of(9, 13)))
    })
  )

  it.live("a reset is reported after the messages before it; an incomplete message stays in the socket", () =>
    Effect.gen(function* () {
      const buffer = makeBuffer(1, 11, 2, 21)
      buffer.fail(idle.recvError("Reset"))
      const { chunks, exit } = yield* outcomeOf(streamIn(buffer, framed))
      assert.deepStrictEqual(chunks, [[[11]]])
      assert.deepStrictEqual(exit, Exit.fail(idle.recvError("Reset")))
      assert.deepStrictEqual(yield* buffer.recv(9), Option.some(Uint8Array.of(2, 21)))
    })
  )

  const bugs: Readonly<Record<string, Step<unknown, never>>> = {
    "takes 0 bytes": view => take(view[0] === 8 ? 0 : 1, undefined),
    "takes too much": view => take(view[0] === 8 ? 2 : 1, undefined),
    "takes a part of a byte": view => take(view[0] === 8 ? 0.5 : 1, undefined),
    "asks for more after the end": view => (view[0] === 8 ? more(2) : take(1, undefined)),
    throws: view => {
      if (view[0] === 8) throw new Error("a bug in a step")
      return take(1, undefined)
    }
  }
  for (const [bug, step] of Object.entries(bugs)) {
    it.live(`a step that ${bug} is a defect, after the messages before it`, () =>
      Effect.gen(function* () {
        const buffer = makeBuffer(1, 1, 8)
        buffer.end()
        const { chunks, exit } = yield* outcomeOf(streamIn(buffer, step))
        assert.deepStrictEqual(chunks, [[undefined, undefined]])
        assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
        assert.deepStrictEqual(yield* buffer.recv(9), Option.some(Uint8Array.of(8)))
      })
    )
  }

  it.live("a stream that is interrupted while it waits consumes nothing, and gives the turn back", () =>
    Effect.gen(function* () {
      const buffer = makeBuffer(1, 11, 2, 21)
      const got: Array<unknown> = []
      const fiber = yield* Effect.fork(
        Stream.runForEach(streamIn(buffer, framed), message => Effect.sync(() => got.push(message)))
      )
      yield* until(() => got.length === 1)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(got, [[11]])
      assert.deepStrictEqual(yield* buffer.recv(9), Option.some(Uint8Array.of(2, 21)))
    })
  )

  it.live("a stream that is ended early has consumed only the Chunks that it emitted", () =>
    Effect.gen(function* () {
      const buffer = makeBuffer(1, 11, 1, 12)
      const first = yield* Stream.runCollect(Stream.take(Stream.chunks(streamIn(buffer, framed)), 1))
      assert.deepStrictEqual(Chunk.toReadonlyArray(Chunk.flatten(first)), [[11], [12]])
      buffer.push(Uint8Array.of(1, 13))
      assert.deepStrictEqual(yield* buffer.recv(9), Option.some(Uint8Array.of(1, 13)))
    })
  )
})

describe("repeated", () => {
  it.live("loses nothing when it is interrupted at a yield of its fiber, while there are always bytes to receive", () =>
    Effect.gen(function* () {
      const buffer = makeBuffer()
      buffer.push(Uint8Array.from({ length: 100_000 }, (_, i) => i % 251))
      const stream = repeated(buffer.recv(1), one => Option.getOrUndefined(Option.map(one, Chunk.of))).pipe(
        Stream.map(bytes => bytes[0]!),
        Stream.tap(() => Effect.void)
      )
      const got: Array<number> = []
      for (let i = 0; i < 200; i++) {
        const fiber = yield* Effect.fork(Stream.runForEach(stream, byte => Effect.sync(() => got.push(byte))))
        // The stream never waits for bytes, so whenever another fiber runs, the stream has just yielded.
        for (let j = 0; j <= i % 4; j++) yield* Effect.yieldNow()
        yield* Fiber.interrupt(fiber)
      }
      assert.isTrue(got.length > 1000 && buffer.size > 0, `${got.length} bytes were received`)
      assert.strictEqual(got.length, buffer.received - buffer.size)
      assert.isTrue(got.every((byte, i) => byte === i % 251))
    })
  )
})
