/**
 * Random messages of every kind, cut at random places, read by every receive function with random interruptions: the
 * received messages are the sent messages. A failure is shrunk, and printed with its seed and path.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as fc from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Framing from "../../../src/Framing.ts"
import { concat } from "../../../src/internal/conformance/kit/bytes.ts"
import { UnexpectedEnd } from "../../../src/SocketError.ts"
import { makeFed } from "../receive/fed.ts"
import { runInTurns } from "../receive/turns.ts"
import { bytes, samples } from "./framings.ts"
import { readers } from "./readers.ts"

type Event = "piece" | "turn" | "interrupt"

/** How the bytes arrive, and what happens while a fiber receives. */
interface Course {
  /** The sizes of the pieces, repeated. */
  readonly cuts: ReadonlyArray<number>
  /** What happens while a fiber receives, repeated: a piece arrives, the fiber runs, or it is interrupted. */
  readonly events: ReadonlyArray<Event>
  /** The seed for the steps after which a fiber yields. */
  readonly seed: number
}

const courses: fc.Arbitrary<Course> = fc.record({
  cuts: fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 1, maxLength: 8 }),
  events: fc
    .array(fc.constantFrom<Event>("piece", "turn", "interrupt"), { maxLength: 16 })
    .map((events): ReadonlyArray<Event> => [...events, "piece", "turn"]),
  seed: fc.integer()
})

const overAndOver = <A>(values: ReadonlyArray<A>) => {
  let next = 0
  return () => values[next++ % values.length]!
}

/** A socket that receives these bytes as the course says, and then the end. */
const coming = (wire: Uint8Array, course: Course) => {
  const { buffer, flow, socket } = makeFed(16)
  const event = overAndOver(course.events)
  const cut = overAndOver(course.cuts)
  let at = 0
  let interrupted = 0
  const feed = () => {
    if (flow.paused) return
    if (at === wire.length) return buffer.end()
    const piece = wire.slice(at, at + cut())
    at += piece.length
    buffer.push(piece)
  }
  /** Runs a receive once while bytes arrive. It completes or is interrupted. */
  const attempt = <A, E>(receiving: Effect.Effect<A, E>): Effect.Effect<Exit.Exit<A, E>> =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(receiving)
      while (fiber.unsafePoll() === null) {
        const next = event()
        if (next === "interrupt") {
          interrupted += 1
          return yield* Fiber.interrupt(fiber)
        }
        if (next === "piece") feed()
        yield* Effect.yieldNow()
      }
      return yield* Fiber.await(fiber)
    })
  return { attempt, feed, event, socket, interruptions: () => interrupted }
}

/** Repeats an attempt until `done`. Fails with the first cause that is not an interruption. */
const repeatUntil = <E>(attempt: Effect.Effect<Exit.Exit<unknown, E>>, done: () => boolean): Effect.Effect<void, E> =>
  Effect.gen(function* () {
    while (!done()) {
      const exit = yield* attempt
      if (Exit.isFailure(exit) && !Exit.isInterrupted(exit)) return yield* Effect.failCause(exit.cause)
    }
  })

/** Checks a property. Every 100 runs the test runner gets a turn of the event loop. */
const holdsFor = <A>(numRuns: number, cases: fc.Arbitrary<A>, check: (one: A) => void): Promise<void> => {
  let run = 0
  const property = fc.asyncProperty(cases, async one => {
    if (++run % 100 === 0) await new Promise(resume => setImmediate(resume))
    check(one)
  })
  return fc.assert(property, { numRuns })
}

const succeeds = <A>(exit: Exit.Exit<A, unknown>, expected: A) => assert.deepStrictEqual(exit, Exit.succeed(expected))

describe("random messages", () => {
  const messages = Object.entries(readers).map(([via, { messages }]) =>
    messages.map(({ expected, wire }) => ({ via, expected, wire }))
  )
  const conversations = fc.record({
    messages: fc.array(fc.oneof(...messages), { maxLength: 8 }),
    /** Bytes to receive with `recvAll` at the end. */
    rest: fc.option(bytes),
    course: courses
  })

  it("are received unchanged and in order by every receive function, with cuts and interruptions anywhere", async () => {
    let interrupted = 0
    await holdsFor(10_000, conversations, ({ course, messages, rest }) => {
      const { attempt, interruptions, socket } = coming(
        concat([...messages.map(({ wire }) => wire), rest ?? new Uint8Array(0)]),
        course
      )
      const all: Array<ReadonlyArray<unknown>> = []
      const last: Array<unknown> = []
      const program = Effect.gen(function* () {
        for (const { expected, via, wire } of messages) {
          const got: Array<unknown> = []
          all.push(got)
          const reading = Effect.suspend(() => readers[via]!.read(socket, { expected, wire }, got))
          yield* repeatUntil(attempt(reading), () => got.length >= expected.length)
        }
        const end: Effect.Effect<unknown, unknown> = rest === null ? socket.recv(1) : socket.recvAll()
        const ending = Effect.flatMap(end, value => {
          last.push(value)
          return Effect.void
        })
        yield* repeatUntil(attempt(ending), () => last.length > 0)
      })
      succeeds(runInTurns(program, course.seed), undefined)
      // Compared at the end, when the buffer has reused its memory: the received bytes must not have changed.
      assert.deepStrictEqual(
        all,
        messages.map(({ expected }) => expected)
      )
      assert.deepStrictEqual(last, [rest ?? Option.none()])
      interrupted += interruptions()
    })
    assert.isAbove(interrupted, 10_000)
  }, 240_000)

  const ofOneFraming = fc.constantFrom(...Object.keys(samples)).chain(name =>
    fc.record({
      name: fc.constant(name),
      values: fc.array(samples[name]!.values, { maxLength: 12 }),
      course: courses,
      cutAt: fc.nat()
    })
  )

  it(
    "are emitted unchanged by the stream of their framing, and then the stream ends",
    () =>
      holdsFor(3000, ofOneFraming, ({ course, name, values }) => {
        const { framing, wireOf } = samples[name]!
        const { event, feed, socket } = coming(concat(values.map(wireOf)), course)
        const program = Effect.gen(function* () {
          const fiber = yield* Effect.fork(Stream.runCollect(Framing.stream(socket, framing)))
          while (fiber.unsafePoll() === null) {
            if (event() === "piece") feed()
            yield* Effect.yieldNow()
          }
          return Chunk.toReadonlyArray(yield* Fiber.join(fiber))
        })
        succeeds(runInTurns(program, course.seed), values)
      }),
    240_000
  )

  it(
    "that end inside a message are received up to there; then it fails with UnexpectedEnd, and the rest stays buffered",
    () =>
      holdsFor(3000, ofOneFraming, ({ course, cutAt, name, values }) => {
        const { framing, wireOf } = samples[name]!
        const wires = values.map(wireOf)
        const all = concat(wires)
        const wire = all.slice(0, all.length === 0 ? 0 : cutAt % all.length)
        const { attempt, socket } = coming(wire, course)
        const got: Array<unknown> = []
        const ends: Array<unknown> = []
        const receiving = Effect.matchEffect(Framing.recv(socket, framing), {
          onFailure: error => Effect.sync(() => ends.push(error)),
          onSuccess: value => {
            if (Option.isSome(value)) got.push(value.value)
            else ends.push(value)
            return Effect.void
          }
        })
        const program = Effect.zipRight(
          repeatUntil(attempt(receiving), () => ends.length > 0),
          socket.recvAll()
        )
        const exit = runInTurns(program, course.seed)
        assert.deepStrictEqual(got, values.slice(0, got.length))
        const rest = wire.slice(concat(wires.slice(0, got.length)).length)
        succeeds(exit, rest)
        assert.strictEqual(ends[0] instanceof UnexpectedEnd, rest.length > 0)
      }),
    240_000
  )
})
