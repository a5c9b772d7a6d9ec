/** Resets, at each stage of a connection. A Unix socket has no reset: an abort closes it. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { pattern } from "../../src/internal/conformance/kit/bytes.ts"
import { arrived, clog, forkParked, isDone, still, turns } from "../../src/internal/conformance/kit/pairs.ts"
import { allThatIsLeft, conversation, toTheEnd, untilItFails } from "./conversation.ts"
import type { Script } from "./script.ts"

export const resets: ReadonlyArray<Script> = [
  ...conversation("one end aborts at once, and the other end receives first", (on, one, other) =>
    Effect.gen(function* () {
      yield* on.tell("the one aborts", one.abort)
      yield* on.tell("the other receives", other.recv(10))
      yield* allThatIsLeft(on, "the one", one)
      yield* allThatIsLeft(on, "the other", other)
      yield* on.tell("stats", Effect.all([one.stats, other.stats]))
    })
  ),
  ...conversation("one end aborts at once, and the other end waits for the end first", (on, one, other) =>
    Effect.gen(function* () {
      yield* on.tell("the one aborts", one.abort)
      yield* on.tell("the other waits for the end", other.awaitEnd)
      yield* on.tell("the other sends until it fails", untilItFails(on, other))
      yield* on.tell("the other aborts", other.abort)
      yield* allThatIsLeft(on, "the other", other)
    })
  ),
  ...conversation("one end aborts after its bytes have arrived", (on, one, other) =>
    Effect.gen(function* () {
      yield* one.sendAll(pattern(100_000))
      yield* arrived(on, other, 100_000)
      yield* on.tell("the one aborts", one.abort)
      yield* on.tell("the other waits for the end", other.awaitEnd)
      yield* on.tell("the other looks at what came", other.peekFull(5))
      yield* on.tell("the other receives to the end", toTheEnd(other))
      yield* allThatIsLeft(on, "the other", other)
    })
  ),
  ...conversation(
    "one end aborts while its bytes wait in the kernel, because the other end is paused",
    (on, one, other) =>
      Effect.gen(function* () {
        yield* one.sendAll(pattern(60_000))
        yield* still(on, one, other)
        yield* on.tell("the one aborts", one.abort)
        yield* on.tell("the other receives to the end", toTheEnd(other))
        yield* allThatIsLeft(on, "the other", other)
      }),
    { highWaterMark: 1000 }
  ),
  ...conversation("one end aborts with unread bytes", (on, one, other) =>
    Effect.gen(function* () {
      yield* other.sendText("unread")
      yield* arrived(on, one, 6)
      yield* on.tell("the one aborts", one.abort)
      yield* on.tell("the other receives", other.recv(10))
      yield* allThatIsLeft(on, "the other", other)
    })
  ),
  ...conversation(
    "one end aborts with more unread bytes than its high-water mark",
    (on, one, other) =>
      Effect.gen(function* () {
        yield* other.sendAll(pattern(60_000))
        yield* still(on, one, other)
        yield* on.tell("the one aborts", one.abort)
        yield* on.tell("the other receives", other.recv(10))
        yield* allThatIsLeft(on, "the other", other)
      }),
    { highWaterMark: 1000 }
  ),
  ...conversation("one end aborts while the other end waits in a receive", (on, one, other) =>
    Effect.gen(function* () {
      const receiving = yield* forkParked(on, other.recv(10))
      const ending = yield* forkParked(on, other.awaitEnd)
      yield* on.tell("the one aborts", one.abort)
      yield* on.tell("what was received", Fiber.join(receiving))
      yield* on.tell("the wait for the end", Fiber.join(ending))
    })
  ),
  ...conversation("one end aborts while the other end waits for more bytes than arrive", (on, one, other) =>
    Effect.gen(function* () {
      yield* one.sendText("part")
      yield* arrived(on, other, 4)
      const receiving = yield* forkParked(on, other.recvExactly(10))
      yield* on.tell("the one aborts", one.abort)
      yield* on.tell("what was received", Fiber.join(receiving))
      yield* on.tell("what is left", toTheEnd(other))
    })
  ),
  ...conversation("one end aborts in the middle of a character", (on, one, other) =>
    Effect.gen(function* () {
      yield* one.sendAll(new Uint8Array([0x68, 0xe2, 0x82]))
      yield* arrived(on, other, 3)
      yield* on.tell("the other receives text", other.recvText(10))
      yield* on.tell("the one aborts", one.abort)
      yield* on.tell("the other receives text", other.recvText(10))
      yield* on.tell("the other receives to the end", toTheEnd(other))
    })
  ),
  ...conversation("one end aborts while the other end is stuck in a send", (on, one, other) =>
    Effect.gen(function* () {
      const { sender } = yield* clog(on, other, one)
      const behind = yield* forkParked(on, other.sendText("behind"))
      yield* on.tell("the one aborts", one.abort)
      yield* on.tell("what came of the send", Fiber.join(sender))
      yield* on.tell("what came of the one behind", Fiber.join(behind))
      yield* allThatIsLeft(on, "the other", other)
    })
  ),
  ...conversation("one end aborts while it is stuck in a send", (on, one, other) =>
    Effect.gen(function* () {
      const { sender, sent } = yield* clog(on, one, other)
      yield* on.tell("the one aborts", one.abort)
      yield* on.tell("what came of the send", Fiber.join(sender))
      const { bytes, then } = yield* toTheEnd(other)
      yield* on.tell("whether all came", Effect.succeed(bytes.length === sent.length))
      yield* on.tell("and then", then)
      yield* allThatIsLeft(on, "the one", one)
    })
  ),
  ...conversation("both ends are stuck in sends, and one end aborts", (on, one, other) =>
    Effect.gen(function* () {
      const mine = yield* clog(on, one, other)
      const theirs = yield* clog(on, other, one)
      yield* on.tell("the one aborts", one.abort)
      yield* on.tell("what came of its send", Fiber.join(mine.sender))
      yield* on.tell("what came of the other's send", Fiber.join(theirs.sender))
    })
  ),
  ...conversation("both ends abort at once", (on, one, other) =>
    Effect.gen(function* () {
      yield* on.tell("both abort", Effect.all([one.abort, other.abort], { concurrency: 2 }))
      yield* allThatIsLeft(on, "the one", one)
      yield* allThatIsLeft(on, "the other", other)
    })
  ),
  ...conversation("one end aborts and the other end closes at once", (on, one, other) =>
    Effect.gen(function* () {
      yield* on.tell("both", Effect.all([one.abort, other.close], { concurrency: 2 }))
      yield* allThatIsLeft(on, "the one", one)
      yield* allThatIsLeft(on, "the other", other)
    })
  ),
  ...conversation("one end aborts twice, after it has closed", (on, one, other) =>
    Effect.gen(function* () {
      yield* one.sendText("hello")
      yield* on.tell("the one closes", one.close)
      yield* on.tell("the one aborts", Effect.all([one.abort, one.abort], { concurrency: 2 }))
      yield* on.tell("the other receives to the end", toTheEnd(other))
    })
  ),
  ...conversation(
    "one end aborts while it closes and is stuck in a send",
    (on, one, other) =>
      Effect.gen(function* () {
        const { sender } = yield* clog(on, one, other)
        const closing = yield* forkParked(on, one.close)
        yield* on.tell("the one aborts", one.abort)
        yield* on.tell("the close", Fiber.join(closing))
        yield* on.tell("what came of the send", Fiber.join(sender))
        yield* on.tell(
          "the other received, and then",
          Effect.flatMap(toTheEnd(other), ({ then }) => then)
        )
      }),
    { closeTimeout: "1 minute" }
  ),
  ...conversation("one end aborts after the other end has closed", (on, one, other) =>
    Effect.gen(function* () {
      yield* other.sendText("goodbye")
      yield* on.tell("the other closes", other.close)
      yield* on.tell("the one receives to the end", toTheEnd(one))
      yield* on.tell("the one aborts", one.abort)
      yield* allThatIsLeft(on, "the one", one)
    })
  ),
  ...conversation("one end aborts after the other end has half-closed", (on, one, other) =>
    Effect.gen(function* () {
      yield* other.shutdownSend
      yield* on.tell("the one receives", one.recv(10))
      yield* on.tell("the one aborts", one.abort)
      yield* on.tell("the other receives", other.recv(10))
      yield* allThatIsLeft(on, "the other", other)
    })
  ),
  ...conversation("one end aborts, and a send of the other end notices it first", (on, one, other) =>
    Effect.gen(function* () {
      yield* on.tell("the one aborts", one.abort)
      yield* on.tell("the other sends until it fails", untilItFails(on, other))
      const receive = Effect.mapError(other.recv(10), ({ code, reason }) => `${reason} ${code}`)
      yield* on.tell(
        "the other receives",
        receive,
        on.cannot.reset === undefined
          ? undefined
          : { "the send was faster than the end": "Reset EPIPE", "the end was faster than the send": "none" }
      )
    })
  ),
  ...[60_000, 150_000].flatMap(size =>
    conversation(
      `one end aborts after ${size} bytes, while the other end is paused`,
      (on, one, other) =>
        Effect.gen(function* () {
          yield* one.sendAll(pattern(size))
          yield* still(on, one, other)
          const { bytesBuffered } = yield* other.stats
          yield* on.tell("the one aborts", one.abort)
          const ending = yield* forkParked(on, other.awaitEnd)
          yield* turns(on, 50)
          yield* on.tell("whether the end has come", isDone(ending))
          const stats = yield* other.stats
          yield* on.tell("how much more has been read", Effect.succeed(stats.bytesBuffered - bytesBuffered))
          yield* on.tell("the other receives to the end", toTheEnd(other))
          yield* on.tell("the wait for the end", Fiber.join(ending))
        }),
      { highWaterMark: 1000 }
    )
  ),
  ...conversation(
    "one end aborts while the other end is paused, and a send notices it first: unread bytes are lost",
    (on, one, other) =>
      Effect.gen(function* () {
        const { sender, sent } = yield* clog(on, one, other)
        yield* on.tell("the one aborts", one.abort)
        yield* Fiber.await(sender)
        yield* on.tell("the other sends until it fails", untilItFails(on, other))
        const { bytesBuffered } = yield* other.stats
        const { bytes, then } = yield* toTheEnd(other)
        yield* on.tell("whether more came than had been read", Effect.succeed(bytes.length - bytesBuffered))
        yield* on.tell("whether all came", Effect.succeed(bytes.length === sent.length))
        yield* on.tell("and then", then)
        yield* allThatIsLeft(on, "the other", other)
      }),
    { highWaterMark: 1000 }
  ),
  ...conversation(
    "one end closes while the other end is paused, and a send notices it first: unread bytes and the end are lost",
    (on, one, other) =>
      Effect.gen(function* () {
        yield* one.sendAll(pattern(150_000))
        yield* still(on, one, other)
        yield* on.tell("the one closes", one.close)
        yield* on.tell("the other sends until it fails", untilItFails(on, other))
        const { bytesBuffered } = yield* other.stats
        const { bytes, then } = yield* toTheEnd(other)
        yield* on.tell("whether more came than had been read", Effect.succeed(bytes.length - bytesBuffered))
        yield* on.tell("whether all came", Effect.succeed(bytes.length === 150_000))
        yield* on.tell("and then", then)
        yield* allThatIsLeft(on, "the other", other)
      }),
    { highWaterMark: 1000 }
  ),
  ...conversation("one end closes, and the other end sends once and half-closes", (on, one, other) =>
    Effect.gen(function* () {
      yield* on.tell("the one closes", one.close)
      yield* on.tell("the other waits for the end", other.awaitEnd)
      yield* on.tell("the other sends", other.sendText("once"))
      yield* turns(on, 20)
      yield* on.tell("the other sends nothing", other.sendAll([]))
      yield* on.tell("the other ends its half", other.shutdownSend)
      yield* allThatIsLeft(on, "the other", other)
    })
  )
]
