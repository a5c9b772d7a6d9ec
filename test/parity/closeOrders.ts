/** Closes in every order, with bytes that are unread or unsent at that time. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { pattern, utf8 } from "../../src/internal/conformance/kit/bytes.ts"
import { arrived, clog, forkParked, isDone, still, turns } from "../../src/internal/conformance/kit/pairs.ts"
import { allThatIsLeft, conversation, meet, toTheEnd, untilItFails } from "./conversation.ts"
import type { Script } from "./script.ts"

export const closeOrders: ReadonlyArray<Script> = [
  ...conversation("one end closes, then the other end", (on, one, other) =>
    Effect.gen(function* () {
      yield* on.tell("the one", Effect.succeed(one))
      yield* on.tell("the other", Effect.succeed(other))
      yield* on.tell("the one closes", one.close)
      yield* on.tell("the other receives", other.recv(10))
      yield* on.tell("the other receives again", other.recv(10))
      yield* on.tell("the other closes", other.close)
      yield* allThatIsLeft(on, "the one", one)
      yield* allThatIsLeft(on, "the other", other)
    })
  ),
  ...conversation("both ends close at once", (on, one, other) =>
    Effect.gen(function* () {
      yield* on.tell("both close", Effect.all([one.close, other.close], { concurrency: 2 }))
      yield* allThatIsLeft(on, "the one", one)
      yield* allThatIsLeft(on, "the other", other)
      yield* on.tell("stats", Effect.all([one.stats, other.stats]))
    })
  ),
  ...conversation("both ends send and close at once", (on, one, other) =>
    Effect.gen(function* () {
      yield* on.tell("both send", Effect.all([one.sendText("one"), other.sendText("other")]))
      yield* on.tell("both close", Effect.all([one.close, other.close], { concurrency: 2 }))
      yield* on.tell(
        "stats of what was sent",
        Effect.map(one.stats, stats => stats.bytesSent)
      )
    })
  ),
  ...conversation("one end sends and closes, and the other end receives it, sends, and fails", (on, one, other) =>
    Effect.gen(function* () {
      yield* on.tell("the one sends", one.sendText("goodbye"))
      yield* on.tell("the one closes", one.close)
      yield* on.tell("the other receives to the end", toTheEnd(other))
      yield* on.tell("the other sends", other.sendText("once"))
      yield* on.tell("the other sends until it fails", untilItFails(on, other))
      yield* on.tell("stats", other.stats.pipe(Effect.map(({ bytesReceived }) => bytesReceived)))
      yield* allThatIsLeft(on, "the other", other)
    })
  ),
  ...conversation(
    "one end closes with unread bytes in its buffer: the other end gets an end, no reset",
    (on, one, other) =>
      Effect.gen(function* () {
        yield* other.sendText("unread")
        yield* arrived(on, one, 6)
        yield* on.tell("the one closes", one.close)
        yield* on.tell("the other receives", other.recv(10))
        yield* on.tell("the other sends until it fails", untilItFails(on, other))
        yield* on.tell("the other receives", other.recv(10))
        yield* allThatIsLeft(on, "the other", other)
      })
  ),
  ...conversation(
    "one end closes with unread bytes in the kernel: the other end gets an end, no reset",
    (on, one, other) =>
      Effect.gen(function* () {
        yield* other.sendAll(pattern(100_000))
        yield* still(on, other, one)
        yield* on.tell("the one sends", one.sendText("reply"))
        yield* on.tell("the one closes", one.close)
        yield* on.tell("the other receives to the end", toTheEnd(other))
        yield* on.tell("the other sends until it fails", untilItFails(on, other))
        yield* allThatIsLeft(on, "the other", other)
      }),
    { highWaterMark: 1000 }
  ),
  ...conversation("one end closes while the other end waits in a receive", (on, one, other) =>
    Effect.gen(function* () {
      const receiving = yield* forkParked(on, other.recv(10))
      const ending = yield* forkParked(on, other.awaitEnd)
      yield* on.tell("the one closes", one.close)
      yield* on.tell("what was received", Fiber.join(receiving))
      yield* on.tell("the wait for the end", Fiber.join(ending))
    })
  ),
  ...conversation("one end closes while the other end waits for more bytes than arrive", (on, one, other) =>
    Effect.gen(function* () {
      yield* one.sendText("part")
      const receiving = yield* forkParked(on, other.recvExactly(10))
      yield* on.tell("the one closes", one.close)
      yield* on.tell("what was received", Fiber.join(receiving))
      yield* on.tell("what is left", toTheEnd(other))
    })
  ),
  ...conversation("one end closes while the other end is stuck in a send", (on, one, other) =>
    Effect.gen(function* () {
      const { sender } = yield* clog(on, other, one)
      yield* on.tell("the one closes", one.close)
      yield* on.tell("what came of the send", Fiber.join(sender))
      yield* on.tell("the other receives", other.recv(10))
      yield* allThatIsLeft(on, "the other", other)
    })
  ),
  ...conversation(
    "one end closes while it is stuck in a send, and the other end receives everything",
    (on, one, other) =>
      Effect.gen(function* () {
        const { sender, sent } = yield* clog(on, one, other)
        const closing = yield* forkParked(on, one.close)
        yield* on.tell("what came of the send", Fiber.join(sender))
        const { bytes, then } = yield* toTheEnd(other)
        yield* on.tell("whether all came", Effect.succeed(bytes.length === sent.length))
        yield* on.tell("and then", then)
        yield* on.tell("the close", Fiber.join(closing))
        yield* allThatIsLeft(on, "the one", one)
      }),
    { closeTimeout: "1 minute" }
  ),
  ...conversation(
    "one end closes while it is stuck in a send, and closeTimeout passes",
    (on, one, other) =>
      Effect.gen(function* () {
        const { sender, sent } = yield* clog(on, one, other)
        yield* on.tell("the one closes", one.close)
        yield* on.tell("what came of the send", Fiber.join(sender))
        const { bytes, then } = yield* toTheEnd(other)
        yield* on.tell("whether all came", Effect.succeed(bytes.length === sent.length))
        yield* on.tell("and then", then)
        yield* allThatIsLeft(on, "the other", other)
      }),
    { closeTimeout: "50 millis" }
  ),
  ...conversation("one end closes while a send waits behind another send", (on, one, other) =>
    Effect.gen(function* () {
      const { sender } = yield* clog(on, one, other)
      const behind = yield* forkParked(on, one.sendText("behind"))
      const closing = yield* forkParked(on, one.close)
      yield* on.tell("what came of the send", Fiber.join(sender))
      yield* on.tell("what came of the one behind", Fiber.join(behind))
      const { then } = yield* toTheEnd(other)
      yield* on.tell("the other received, and then", then)
      yield* Fiber.join(closing)
    })
  ),
  ...conversation("one end closes, and the other end sends much", (on, one, other) =>
    Effect.gen(function* () {
      yield* on.tell("the one closes", one.close)
      yield* on.tell("the other waits for the end", other.awaitEnd)
      yield* on.tell("the other sends much", other.sendAll(pattern(on.clogBytes)))
      yield* on.tell("the other sends until it fails", untilItFails(on, other))
      yield* allThatIsLeft(on, "the other", other)
    })
  ),
  ...conversation("one end closes, and the other end resets", (on, one, other) =>
    Effect.gen(function* () {
      yield* one.sendAll(utf8("bytes"))
      yield* on.tell("the one closes", one.close)
      yield* on.tell("the other waits for the end", other.awaitEnd)
      yield* on.tell("the other aborts", other.abort)
      yield* allThatIsLeft(on, "the other", other)
    })
  ),
  ...[60_000, 150_000].flatMap(size =>
    conversation(
      `one end closes after ${size} bytes, while the other end is paused`,
      (on, one, other) =>
        Effect.gen(function* () {
          yield* one.sendAll(pattern(size))
          yield* still(on, one, other)
          yield* on.tell("the one closes", one.close)
          const ending = yield* forkParked(on, other.awaitEnd)
          yield* turns(on, 50)
          yield* on.tell("whether the end has come", isDone(ending))
          yield* on.tell("the other receives to the end", toTheEnd(other))
          yield* on.tell("the wait for the end", Fiber.join(ending))
          yield* allThatIsLeft(on, "the other", other)
        }),
      { highWaterMark: 1000 }
    )
  ),
  ...conversation(
    "one end closes with closeTimeout 0, with nothing to flush and with something to flush",
    (on, one, other) =>
      Effect.gen(function* () {
        yield* on.tell("the other sends", other.sendText("hello"))
        yield* on.tell("the other closes", other.close)
        yield* on.tell("the one receives to the end", toTheEnd(one))
        const { client, server } = yield* meet(on, { closeTimeout: 0 })
        const { sender } = yield* clog(on, client, server)
        yield* on.tell("the client closes", client.close)
        yield* on.tell("what came of its send", Fiber.join(sender))
        yield* on.tell(
          "the server received, and then",
          Effect.flatMap(toTheEnd(server), ({ then }) => then)
        )
      }),
    { closeTimeout: 0 }
  )
]
