/**
 * Conformance properties about the end of the stream: `shutdownSend`, `close` and `awaitEnd`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import {
  arrived,
  type Chapter,
  check,
  clog,
  eitherWay,
  equal,
  fails,
  forkParked,
  pair,
  pattern,
  receiveAll,
  receivers,
  sameBytes,
  soon,
  still,
  type TransportUnderTest,
  utf8,
  within
} from "../kit/index.ts"

export const theEnd: Chapter = {
  title: "the end of the stream",
  properties: [
    {
      title:
        "after shutdownSend, the peer receives all sent bytes, then the end; every receive function reports the end each time",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const waiting = yield* forkParked(on, b.recv(10))
            yield* a.sendAll(utf8("x"))
            equal(yield* Fiber.join(waiting), Option.some(utf8("x")), "recv")
            const atTheEnd = yield* forkParked(on, b.recv(10))
            yield* a.shutdownSend
            equal(
              yield* soon(Fiber.join(atTheEnd), "recv that waited for the end"),
              Option.none(),
              "recv that waited for the end"
            )
            for (const receiver of [...receivers, ...receivers]) {
              if (receiver.isPromised) {
                const error = yield* fails(receiver.run(b), "UnexpectedEnd", [], receiver.name)
                const available = "available" in error ? error.available : -1
                equal(available, 0, `available in the error of ${receiver.name} at the end`)
              } else {
                equal(yield* receiver.run(b), Option.none(), receiver.name)
              }
            }
            equal((yield* b.recvExactly(0)).length, 0, "recvExactly(0)")
            yield* b.discard(0)
          })
        )
    },
    {
      title: "a send after shutdownSend fails with AfterShutdown, even an empty one",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            yield* a.shutdownSend
            for (const bytes of [utf8("x"), new Uint8Array(0), [utf8("x"), utf8("y")], []]) {
              yield* fails(a.sendAll(bytes), "SendError", "AfterShutdown", `sendAll of ${bytes.length}`)
            }
            yield* fails(a.sendText("x"), "SendError", "AfterShutdown", "sendText")
            equal(yield* b.recv(10), Option.none(), "recv at the peer")
          })
        )
    },
    {
      title: "shutdownSend may run again, at the same time or later",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            yield* Effect.all([a.shutdownSend, a.shutdownSend], { concurrency: 2 })
            yield* a.shutdownSend
            equal(yield* b.recv(10), Option.none(), "recv at the peer")
            yield* b.shutdownSend
            equal(yield* a.recv(10), Option.none(), "recv at this end")
            yield* a.shutdownSend
          })
        )
    },
    ...(["close", "abort"] as const).map(how => ({
      title: `shutdownSend succeeds after the peer's ${how}`,
      run: (on: TransportUnderTest) =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            yield* b[how]
            yield* a.awaitEnd
            yield* a.shutdownSend
            yield* a.shutdownSend
          })
        )
    })),
    {
      title: "shutdownSend waits for the sends before it; if it is interrupted, the sending half still ends",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          const { sent } = yield* clog(on, a, b)
          const shutdown = yield* forkParked(on, a.shutdownSend)
          yield* fails(a.sendAll(utf8("x")), "SendError", "AfterShutdown", "sendAll after shutdownSend")
          yield* Fiber.interrupt(shutdown)
          const { bytes, end } = yield* receiveAll(b)
          sameBytes(bytes, sent, "the send before shutdownSend")
          equal(end, "the end", "how the stream ended")
        })
    },
    {
      title: "after shutdownSend, the other direction still works: the peer's reply arrives, then its end",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const reply = pattern(1024 * 1024)
            yield* a.sendAll(utf8("question"))
            yield* a.shutdownSend
            sameBytes((yield* receiveAll(b)).bytes, utf8("question"), "the question")
            const sending = Effect.zipRight(b.sendAll(reply), b.shutdownSend)
            const [{ bytes, end }] = yield* Effect.all([receiveAll(a), sending], { concurrency: 2 })
            sameBytes(bytes, reply, "the reply")
            equal(end, "the end", "how the stream ended after the reply")
          })
        )
    },
    ...[1, 64 * 1024, 4 * 1024 * 1024].map(size => ({
      title: `the peer receives all that was sent before a close, then the end (bytes: ${size})`,
      run: (on: TransportUnderTest) =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const sent = pattern(size)
            const sending = Effect.zipRight(a.sendAll(sent), a.close)
            const [{ bytes, end }] = yield* Effect.all([receiveAll(b), sending], { concurrency: 2 })
            sameBytes(bytes, sent, "the bytes sent before the close")
            equal(end, "the end", "how the stream ended")
          })
        )
    })),
    {
      title: "with unread bytes at both ends, both closes finish within closeTimeout",
      run: on =>
        eitherWay(
          on,
          (a, b) =>
            Effect.gen(function* () {
              yield* Effect.all([a.sendAll(pattern(60_000)), b.sendAll(pattern(60_000))])
              yield* arrived(on, a, 60_000)
              const what = "a close with unread bytes"
              yield* within(b.close, "10 seconds", what)
              yield* within(a.awaitEnd, "10 seconds", `${what}: awaitEnd of the other end`)
              yield* within(a.close, "10 seconds", `${what}: close of the other end`)
            }),
          { closeTimeout: "10 seconds" }
        )
    },
    ...(["shutdownSend", "close", "abort"] as const).map(how => ({
      title: `awaitEnd returns after the peer's ${how}, even if bytes are unread and no fiber receives, and may be repeated`,
      run: (on: TransportUnderTest) =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            yield* a.sendAll(utf8("unread"))
            yield* arrived(on, b, 6)
            const waiting = yield* forkParked(on, Effect.zip(b.awaitEnd, b.awaitEnd))
            yield* still(on, a, b)
            check((yield* Fiber.poll(waiting))._tag === "None", "awaitEnd should wait while the peer has not ended")
            yield* a[how]
            yield* soon(Fiber.join(waiting), "awaitEnd")
            equal(yield* b.recv(10), Option.some(utf8("unread")), "the unread bytes")
          })
        )
    }))
  ]
}
