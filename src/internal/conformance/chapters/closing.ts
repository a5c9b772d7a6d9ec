/**
 * Conformance properties about `close` and `abort`, and about operations that wait when their socket or listener
 * closes.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Network from "../../../Network.ts"
import type * as Socket from "../../../Socket.ts"
import {
  arrived,
  type Chapter,
  check,
  clog,
  eitherWay,
  equal,
  failed,
  fails,
  forkParked,
  isDone,
  pair,
  pattern,
  prefixOf,
  receiveAll,
  receivers,
  sameBytes,
  soon,
  type TransportUnderTest,
  utf8
} from "../kit/index.ts"

const gone = ["Reset", "BrokenPipe"]

const ends = ["close", "abort"] as const

const everythingIsClosed = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    for (const receiver of receivers) {
      yield* fails(receiver.run(socket), "RecvError", "Closed", `${receiver.name} after our close`)
    }
    for (const bytes of [utf8("x"), new Uint8Array(0), [utf8("x"), utf8("y")]]) {
      yield* fails(socket.sendAll(bytes), "SendError", "Closed", "sendAll after our close")
    }
    yield* fails(socket.sendText("x"), "SendError", "Closed", "sendText after our close")
    yield* fails(socket.shutdownSend, "SendError", "Closed", "shutdownSend after our close")
    yield* socket.awaitEnd
    yield* socket.stats
  })

/** Operations of a socket that can wait: the name, the tag of the error if the socket closes, and the operation. */
const waiters: ReadonlyArray<
  readonly [string, "RecvError" | "SendError", (socket: Socket.Socket) => Effect.Effect<unknown, unknown>]
> = [
  ...receivers.map(receiver => [receiver.name, "RecvError", receiver.run] as const),
  ["sendAll", "SendError", socket => socket.sendAll(utf8("queued"))],
  ["shutdownSend", "SendError", socket => socket.shutdownSend]
]

export const closing: Chapter = {
  title: "closing",
  properties: [
    {
      title: "close and abort may run repeatedly, at the same time, in any order and at both ends",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            yield* Effect.all([a.close, a.close, b.close, a.close], { concurrency: "unbounded" })
            yield* Effect.all([b.close, b.close, a.abort, b.abort, a.close])
            yield* Effect.all([a.abort, b.close, a.abort], { concurrency: "unbounded" })
          })
        )
    },
    ...[["close"], ["shutdownSend"], ["sendAll", "shutdownSend"], ["sendAll", "close"]].map(doing => ({
      title: `an abort at the same moment as ${doing.join(" and ")} closes the connection at once and leaves nothing open`,
      run: (on: TransportUnderTest) =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const begun: Record<string, Effect.Effect<unknown, unknown>> = {
              close: a.close,
              shutdownSend: a.shutdownSend,
              sendAll: a.sendAll(pattern(1_000_000))
            }
            const all = [...doing.map(name => Effect.ignore(begun[name]!)), a.abort]
            yield* soon(Effect.all(all, { concurrency: "unbounded" }), "abort")
            yield* everythingIsClosed(a)
            yield* receiveAll(b)
          })
        )
    })),
    {
      title: "many fibers may receive, shut down, close, abort, wait for the end and read stats at once, at both ends",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const many = (effect: Effect.Effect<unknown, unknown>) =>
              Array.from({ length: 30 }, () => Effect.ignore(effect))
            const ending = yield* Effect.forkAll([...many(a.awaitEnd), ...many(b.awaitEnd)])
            yield* Effect.all([...many(a.shutdownSend), ...many(b.recv(1))], { concurrency: "unbounded" })
            yield* Effect.all([...many(a.close), ...many(b.close), ...many(a.stats)], { concurrency: "unbounded" })
            yield* Effect.all([...many(a.abort), ...many(b.abort)], { concurrency: "unbounded" })
            yield* Fiber.join(ending)
          })
        )
    },
    {
      title: "many fibers may abort at once, at both ends",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const all = Array.from({ length: 30 }, () => [a.abort, b.abort]).flat()
            yield* soon(Effect.all(all, { concurrency: "unbounded" }), "60 aborts")
          })
        )
    },
    ...ends.map(how => ({
      title: `after our ${how}, every receive, send and shutdownSend fails with Closed, with or without unread bytes`,
      run: (on: TransportUnderTest) =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            yield* b.sendAll(utf8("unread"))
            yield* arrived(on, a, 6)
            yield* a[how]
            yield* everythingIsClosed(a)
            yield* b.awaitEnd
            yield* b[how]
            yield* everythingIsClosed(b)
          })
        )
    })),
    ...ends.map(how => ({
      title: `when another fiber runs ${how}, a waiting receive, send or shutdownSend fails with Closed`,
      run: (on: TransportUnderTest) =>
        Effect.forEach(
          waiters,
          ([name, tag, wait]) =>
            eitherWay(
              on,
              (a, b) =>
                Effect.gen(function* () {
                  if (tag === "SendError") yield* clog(on, a, b)
                  const waiting = yield* forkParked(on, wait(a))
                  const ended = yield* forkParked(on, a.awaitEnd)
                  check(!(yield* isDone(waiting)), `${name} should wait`)
                  yield* soon(a[how], how)
                  const what = `${name} when another fiber runs ${how}`
                  failed(yield* soon(Fiber.await(waiting), what), tag, "Closed", what)
                  yield* Fiber.join(ended)
                }),
              { closeTimeout: "50 millis" }
            ),
          { discard: true }
        )
    })),
    {
      title: "when another fiber closes the listener, a waiting accept fails with Closed",
      run: on =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          const waiting = yield* Effect.all([forkParked(on, listener.accept), forkParked(on, listener.accept)])
          yield* listener.close
          for (const fiber of waiting) {
            failed(yield* Fiber.await(fiber), "AcceptError", "Closed", "accept when another fiber closes the listener")
          }
        })
    },
    ...ends.flatMap(how =>
      (["this end", "the peer"] as const).map(who => ({
        title: `when ${who} runs ${how}, a waiting send and the send behind it fail`,
        run: (on: TransportUnderTest) =>
          eitherWay(
            on,
            (a, b) =>
              Effect.gen(function* () {
                const { sender } = yield* clog(on, a, b)
                const queued = yield* forkParked(on, a.sendAll(utf8("queued")))
                yield* soon((who === "this end" ? a : b)[how], how)
                const reasons = who === "this end" ? "Closed" : gone
                failed(yield* Fiber.await(sender), "SendError", reasons, "the send in flight")
                failed(
                  yield* Fiber.await(queued),
                  "SendError",
                  reasons,
                  "the send that waits behind the send in flight"
                )
              }),
            { closeTimeout: "50 millis" }
          )
      }))
    ),
    {
      title: "an interrupted close still flushes and closes",
      run: on =>
        eitherWay(
          on,
          (a, b) =>
            Effect.gen(function* () {
              const { sender, sent } = yield* clog(on, a, b)
              const closing = yield* forkParked(on, a.close)
              yield* Fiber.interrupt(closing)
              failed(yield* Fiber.await(sender), "SendError", "Closed", "the send in flight")
              yield* everythingIsClosed(a)
              const { bytes, end } = yield* receiveAll(b)
              sameBytes(bytes, sent, "the send in flight")
              equal(end, "the end", "how the stream ended")
              yield* a.close
            }),
          { closeTimeout: "1 minute" }
        )
    },
    {
      title: "a close that is interrupted right after it began still closes",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            yield* Fiber.interrupt(yield* Effect.fork(Effect.zipRight(Effect.yieldNow(), a.close)))
            const closing = yield* Effect.fork(a.close)
            yield* Effect.yieldNow()
            yield* Fiber.interrupt(closing)
            equal((yield* receiveAll(b)).end, "the end", "how the stream ended")
            yield* everythingIsClosed(a)
          })
        )
    },
    {
      title: "if close cannot flush within closeTimeout, it resets the connection, so a cut message never looks whole",
      needs: ["reset"],
      run: on =>
        eitherWay(
          on,
          (a, b) =>
            Effect.gen(function* () {
              const { sent } = yield* clog(on, a, b)
              yield* soon(a.close, "a close while the peer does not receive")
              const { bytes, end } = yield* receiveAll(b)
              equal(end, "Reset", `after ${bytes.length} of ${sent.length} bytes`)
              prefixOf(bytes, sent, "the bytes before the reset")
            }),
          { closeTimeout: "100 millis" }
        )
    },
    ...ends.map(how => ({
      title: `a close that waits for a send in flight ends when the peer runs ${how}`,
      run: (on: TransportUnderTest) =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            yield* clog(on, a, b)
            const closing = yield* forkParked(on, a.close)
            yield* soon(b[how], how)
            yield* soon(Fiber.join(closing), "the close that waits")
          })
        )
    })),
    {
      title: "close flushes to a slow peer, then ends the stream",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on, { closeTimeout: "1 minute" })
          const { sent } = yield* clog(on, a, b)
          const closing = yield* forkParked(on, a.close)
          const { bytes, end } = yield* receiveAll(b, 50_000)
          sameBytes(bytes, sent, "the send in flight")
          equal(end, "the end", "how the stream ended")
          yield* Fiber.join(closing)
        })
    },
    {
      title: "close does not wait for the peer's end",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            yield* a.sendAll(pattern(1000))
            yield* soon(a.close, "close while the peer stays open")
            equal((yield* receiveAll(b)).end, "the end", "how the stream ended")
          })
        )
    }
  ]
}
