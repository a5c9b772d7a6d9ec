/** One half of a connection ends, and the other half stays open. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { pattern } from "../../src/internal/conformance/kit/bytes.ts"
import { arrived, clog, forkParked, still } from "../../src/internal/conformance/kit/pairs.ts"
import { allThatIsLeft, conversation, toTheEnd, untilItFails } from "./conversation.ts"
import type { Script } from "./script.ts"

export const halfCloses: ReadonlyArray<Script> = [
  ...conversation("one end half-closes, and the other end answers and closes", (on, one, other) =>
    Effect.gen(function* () {
      yield* on.tell("the one asks", one.sendText("question"))
      yield* on.tell("the one ends its half", one.shutdownSend)
      yield* on.tell("the other receives to the end", toTheEnd(other))
      yield* on.tell("the other answers", other.sendText("answer"))
      yield* on.tell("the one receives", one.recvExactly(6))
      yield* on.tell("the one sends", one.sendText("more"))
      yield* on.tell("the one sends nothing", one.sendAll([]))
      yield* on.tell("the other closes", other.close)
      yield* on.tell("the one receives to the end", toTheEnd(one))
      yield* allThatIsLeft(on, "the one", one)
    })
  ),
  ...conversation("both ends half-close, then both close", (on, one, other) =>
    Effect.gen(function* () {
      yield* on.tell("the one ends its half", one.shutdownSend)
      yield* on.tell("the other receives", other.recv(10))
      yield* on.tell("the other ends its half", other.shutdownSend)
      yield* on.tell("the one receives", one.recv(10))
      yield* on.tell("the one sends", one.sendText("x"))
      yield* on.tell("the other sends", other.sendText("x"))
      yield* on.tell("stats", Effect.all([one.stats, other.stats]))
      yield* allThatIsLeft(on, "the one", one)
      yield* allThatIsLeft(on, "the other", other)
    })
  ),
  ...conversation("both ends half-close at once, twice", (on, one, other) =>
    Effect.gen(function* () {
      const all = [one.shutdownSend, other.shutdownSend, one.shutdownSend, other.shutdownSend]
      yield* on.tell("all end", Effect.all(all, { concurrency: "unbounded" }))
      yield* on.tell("both receive", Effect.all([one.recv(1), other.recv(1)]))
    })
  ),
  ...conversation("one end half-closes while a send is unfinished and another send is queued", (on, one, other) =>
    Effect.gen(function* () {
      const { sender, sent } = yield* clog(on, one, other)
      const behind = yield* forkParked(on, one.sendText("behind"))
      const ending = yield* forkParked(on, one.shutdownSend)
      yield* on.tell("a send after that", one.sendText("late"))
      const { bytes, then } = yield* toTheEnd(other)
      yield* on.tell("how much more than the first came", Effect.succeed(bytes.length - sent.length))
      yield* on.tell("and then", then)
      yield* on.tell("the sends and the end", Effect.all([sender, behind, ending].map(Fiber.join)))
    })
  ),
  ...conversation(
    "one end half-closes, and the other end is stuck in a send until the bytes are received",
    (on, one, other) =>
      Effect.gen(function* () {
        yield* one.shutdownSend
        const { sender, sent } = yield* clog(on, other, one)
        const closing = yield* forkParked(on, other.close)
        yield* on.tell("what came of the send", Fiber.join(sender))
        const { bytes, then } = yield* toTheEnd(one)
        yield* on.tell("whether all came", Effect.succeed(bytes.length === sent.length))
        yield* on.tell("and then", then)
        yield* on.tell("the close", Fiber.join(closing))
      })
  ),
  ...conversation("one end half-closes, and then closes while the other end still sends", (on, one, other) =>
    Effect.gen(function* () {
      yield* one.shutdownSend
      yield* on.tell("the other waits for the end", other.awaitEnd)
      yield* on.tell("the other sends", other.sendText("hello"))
      yield* arrived(on, one, 5)
      yield* on.tell("the one closes", one.close)
      yield* on.tell("the other sends until it fails", untilItFails(on, other))
      yield* allThatIsLeft(on, "the other", other)
    })
  ),
  ...conversation("one end half-closes, and then closes while the other end is stuck in a send", (on, one, other) =>
    Effect.gen(function* () {
      yield* one.shutdownSend
      yield* on.tell("the other receives", other.recv(1))
      const { sender } = yield* clog(on, other, one)
      yield* on.tell("the one closes", one.close)
      yield* on.tell("what came of the send", Fiber.join(sender))
      yield* allThatIsLeft(on, "the other", other)
    })
  ),
  ...conversation("one end half-closes, and the other end answers and then resets", (on, one, other) =>
    Effect.gen(function* () {
      yield* one.shutdownSend
      yield* on.tell("the other receives", other.recv(1))
      yield* on.tell("the other answers", other.sendText("answer"))
      yield* arrived(on, one, 6)
      yield* on.tell("the other aborts", other.abort)
      yield* on.tell("the one receives to the end", toTheEnd(one))
      yield* allThatIsLeft(on, "the one", one)
    })
  ),
  ...conversation("one end half-closes and then resets", (on, one, other) =>
    Effect.gen(function* () {
      yield* on.tell("the one sends", one.sendText("hello"))
      yield* on.tell("the one ends its half", one.shutdownSend)
      yield* on.tell("the other receives to the end", toTheEnd(other))
      yield* on.tell("the one aborts", one.abort)
      yield* on.tell("the other receives", other.recv(1))
      yield* on.tell("the other sends until it fails", untilItFails(on, other))
      yield* allThatIsLeft(on, "the other", other)
    })
  ),
  ...conversation("both ends half-close, and one end resets", (on, one, other) =>
    Effect.gen(function* () {
      yield* on.tell("both end", Effect.all([one.shutdownSend, other.shutdownSend]))
      yield* on.tell("both wait for the end", Effect.all([one.awaitEnd, other.awaitEnd]))
      yield* on.tell("the one aborts", one.abort)
      yield* allThatIsLeft(on, "the other", other)
    })
  ),
  ...conversation("one end half-closes after the other end has closed", (on, one, other) =>
    Effect.gen(function* () {
      yield* on.tell("the other closes", other.close)
      yield* on.tell("the one receives", one.recv(1))
      yield* on.tell("the one ends its half", one.shutdownSend)
      yield* allThatIsLeft(on, "the one", one)
    })
  ),
  ...conversation("one end half-closes after the other end has reset", (on, one, other) =>
    Effect.gen(function* () {
      yield* on.tell("the other aborts", other.abort)
      yield* on.tell("the one receives", one.recv(1))
      yield* on.tell("the one ends its half", one.shutdownSend)
      yield* allThatIsLeft(on, "the one", one)
    })
  ),
  ...conversation("one end half-closes while it has unread bytes of the other end", (on, one, other) =>
    Effect.gen(function* () {
      yield* other.sendText("unread")
      yield* arrived(on, one, 6)
      yield* on.tell("the one ends its half", one.shutdownSend)
      yield* on.tell("the other receives", other.recv(1))
      yield* on.tell("the other closes", other.close)
      yield* on.tell("the one receives to the end", toTheEnd(one))
    })
  ),
  ...conversation(
    "an end that arrives while one end is paused at highWaterMark is received after the bytes",
    (on, one, other) =>
      Effect.gen(function* () {
        yield* on.tell("the other sends", other.sendAll(pattern(200_000)))
        yield* on.tell("the other ends its half", other.shutdownSend)
        yield* still(on, other, one)
        const ending = yield* forkParked(on, one.awaitEnd)
        yield* on.tell("the one receives to the end", toTheEnd(one))
        yield* on.tell("the wait for the end", Fiber.join(ending))
        yield* on.tell("the one sends", one.sendText("thanks"))
        yield* on.tell("the other receives", other.recvExactly(6))
      }),
    { highWaterMark: 1000 }
  )
]
