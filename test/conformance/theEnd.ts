/** Chapter: the end, and the reset. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Socket from "../../src/Socket.ts"
import { pattern, utf8 } from "./bytes.ts"
import type { Chapter, TransportUnderTest } from "./contract.ts"
import { check, equal, failed, fails, prefixOf, sameBytes, within } from "./expect.ts"
import { arrived, clog, eitherWay, forkParked, pair, receiveAll, still, turns } from "./pairs.ts"
import { receivers } from "./receivers.ts"

const gone = ["Reset", "BrokenPipe"]

/** Sends until it fails: a peer that has gone is not known to be gone at once. */
const sendUntilItFails = (on: TransportUnderTest, socket: Socket.Socket) =>
  Effect.gen(function* () {
    for (let tries = 0; tries < 100; tries++) {
      const exit = yield* Effect.exit(socket.sendAll(utf8("x")))
      if (exit._tag === "Failure") return exit
      // The peer's answer to it has to come: there is nothing else to wait for.
      yield* turns(on, 5)
    }
    return yield* Effect.dieMessage("expected sends to a peer that has gone to fail, but 100 of them succeeded")
  })

/** Reset, whatever one asks for, and for ever. */
const staysReset = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    for (const receiver of receivers) {
      yield* fails(receiver.run(socket), "RecvError", "Reset", `${receiver.name} after the reset`)
    }
    yield* fails(socket.recv(1), "RecvError", "Reset", "recv, at last")
    yield* fails(socket.sendAll(utf8("x")), "SendError", gone, "sendAll after the reset")
  })

export const theEnd: Chapter = {
  title: "the end",
  properties: [
    {
      title: "after shutdownSend the peer gets what was sent, then the end, for ever and from every function",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const waiting = yield* forkParked(on, b.recv(10))
            yield* a.sendAll(utf8("x"))
            equal(yield* Fiber.join(waiting), Option.some(utf8("x")), "recv")
            const atTheEnd = yield* forkParked(on, b.recv(10))
            yield* a.shutdownSend
            equal(yield* Fiber.join(atTheEnd), Option.none(), "recv that waited for the end")
            for (const receiver of [...receivers, ...receivers]) {
              if (receiver.name === "recvExactly") {
                const error = yield* fails(receiver.run(b), "UnexpectedEnd", [], "recvExactly(4)")
                check("available" in error && error.available === 0, "recvExactly at the end has 0 bytes available")
              } else {
                equal(yield* receiver.run(b), Option.none(), receiver.name)
              }
            }
            equal((yield* b.recvExactly(0)).length, 0, "recvExactly(0)")
          })
        )
    },
    {
      title: "sendAll after shutdownSend fails with AfterShutdown, an empty one too",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            yield* a.shutdownSend
            for (const bytes of [utf8("x"), new Uint8Array(0), [utf8("x"), utf8("y")], []]) {
              yield* fails(a.sendAll(bytes), "SendError", "AfterShutdown", `sendAll of ${bytes.length}`)
            }
            yield* fails(a.sendText("x"), "SendError", "AfterShutdown", "sendText")
            equal(yield* b.recv(10), Option.none(), "the peer")
          })
        )
    },
    {
      title: "shutdownSend may be run twice, at once or one after the other",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            yield* Effect.all([a.shutdownSend, a.shutdownSend], { concurrency: 2 })
            yield* a.shutdownSend
            equal(yield* b.recv(10), Option.none(), "the peer")
            yield* b.shutdownSend
            equal(yield* a.recv(10), Option.none(), "this end")
            yield* a.shutdownSend
          })
        )
    },
    ...(["close", "abort"] as const).map(how => ({
      title: `shutdownSend is fine after the peer has gone by ${how}`,
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
      title: "shutdownSend waits for the sends before it, and interrupted it ends our half all the same",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          const { sent } = yield* clog(on, a, b)
          const shutdown = yield* forkParked(on, a.shutdownSend)
          yield* fails(a.sendAll(utf8("x")), "SendError", "AfterShutdown", "sendAll after it")
          yield* Fiber.interrupt(shutdown)
          const { bytes, end } = yield* receiveAll(b)
          sameBytes(bytes, sent, "what was sent before it")
          equal(end, "the end", "after that")
        })
    },
    {
      title: "after a half-close the other direction works, up to its own end: a reply arrives",
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
            equal(end, "the end", "after the reply")
          })
        )
    },
    ...[1, 64 * 1024, 4 * 1024 * 1024].map(size => ({
      title: `after ${size} bytes and a close the peer gets all of them, then the end`,
      run: (on: TransportUnderTest) =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const sent = pattern(size)
            const sending = Effect.zipRight(a.sendAll(sent), a.close)
            const [{ bytes, end }] = yield* Effect.all([receiveAll(b), sending], { concurrency: 2 })
            sameBytes(bytes, sent, "what was sent before the close")
            equal(end, "the end", "after that")
          })
        )
    })),
    {
      title: "bytes, then a reset: the bytes that had come, then Reset, and Reset again",
      needs: ["reset"],
      run: on =>
        Effect.forEach(
          [1, 1000, 100_000],
          size =>
            eitherWay(on, (a, b) =>
              Effect.gen(function* () {
                const sent = pattern(size)
                yield* a.sendAll(sent)
                yield* arrived(on, b, size)
                yield* a.abort
                yield* b.awaitEnd
                equal(yield* b.peek(size + 1), Option.some(sent), "peek of what had come")
                yield* fails(b.recvExactly(size + 1), "RecvError", "Reset", "a promise of more than had come")
                const { bytes, end } = yield* receiveAll(b, 30_000)
                sameBytes(bytes, sent, "what had come")
                equal(end, "Reset", "after that")
                yield* staysReset(b)
              })
            ),
          { discard: true }
        )
    },
    ...[1000, 128 * 1024].map(highWaterMark => ({
      title: `a receiver that is held back at its mark of ${highWaterMark} bytes gets what had come, then Reset, never an end`,
      needs: ["reset"] as const,
      run: (on: TransportUnderTest) =>
        eitherWay(
          on,
          (a, b) =>
            Effect.gen(function* () {
              const { sender, sent } = yield* clog(on, a, b)
              const had = (yield* b.stats).bytesBuffered
              check(had >= highWaterMark, `it should be full, but has ${had} bytes`)
              yield* a.abort
              yield* Fiber.await(sender)
              const { bytes, end } = yield* receiveAll(b, 10_000)
              equal(end, "Reset", `after ${bytes.length} of ${sent.length} bytes`)
              prefixOf(bytes, sent, "what came before the reset")
              check(bytes.length >= had, `expected the ${had} bytes that had come, got ${bytes.length}`)
              yield* staysReset(b)
            }),
          { highWaterMark }
        )
    })),
    ...[1000, 10_000, 30_000].map(late => ({
      title: `of 30000 and ${late} bytes that came before a reset, a receiver that is held back gets all`,
      needs: ["reset"] as const,
      run: (on: TransportUnderTest) =>
        eitherWay(
          on,
          (a, b) =>
            Effect.gen(function* () {
              const sent = pattern(30_000 + late)
              for (const part of [sent.subarray(0, 30_000), sent.subarray(30_000)]) {
                yield* a.sendAll(part)
                yield* still(on, a, b)
              }
              yield* a.abort
              yield* turns(on, 10)
              const { bytes, end } = yield* receiveAll(b, 7000)
              sameBytes(bytes, sent, "what had come")
              equal(end, "Reset", "after that")
              yield* staysReset(b)
            }),
          { highWaterMark: 1000 }
        )
    })),
    {
      title: "a reset that meets bytes at random moments is never an end, and what is received is how the stream began",
      needs: ["reset"],
      run: on =>
        Effect.forEach(
          Array.from({ length: 40 }, (_, n) => n),
          n =>
            Effect.scoped(
              Effect.gen(function* () {
                const { a, b } = yield* pair(on, { highWaterMark: 4096 })
                const sent = pattern(1 + n * 10_000)
                const receiving = n % 2 === 0 ? yield* Effect.fork(receiveAll(b, 3000)) : undefined
                yield* Effect.fork(a.sendAll(sent))
                yield* turns(on, 1 + (n % 7))
                yield* a.abort
                const { bytes, end } = yield* receiving === undefined ? receiveAll(b, 3000) : Fiber.join(receiving)
                equal(end, "Reset", `after ${bytes.length} of ${sent.length} bytes`)
                prefixOf(bytes, sent, "what came before the reset")
              })
            ),
          { discard: true }
        )
    },
    ...(["close", "abort"] as const).map(how => ({
      title: `after the peer has gone by ${how}, sends fail with BrokenPipe or Reset within a few tries, and go on failing`,
      run: (on: TransportUnderTest) =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            yield* b[how]
            failed(yield* sendUntilItFails(on, a), "SendError", gone, "a send to a peer that has gone")
            for (let again = 0; again < 3; again++) {
              yield* fails(a.sendAll(utf8("x")), "SendError", gone, "the next send")
              yield* fails(a.sendAll(new Uint8Array(0)), "SendError", gone, "an empty send")
            }
          })
        )
    })),
    {
      title: "a close with bytes unread at both ends ends for both sides within the grace time",
      run: on =>
        eitherWay(
          on,
          (a, b) =>
            Effect.gen(function* () {
              yield* Effect.all([a.sendAll(pattern(60_000)), b.sendAll(pattern(60_000))])
              yield* arrived(on, a, 60_000)
              const what = "a close with bytes unread"
              yield* within(b.close, "10 seconds", what)
              yield* within(a.awaitEnd, "10 seconds", `${what}: the other side's end`)
              yield* within(a.close, "10 seconds", `${what}: the other side's close`)
            }),
          { closeGrace: "10 seconds" }
        )
    },
    ...(["shutdownSend", "close", "abort"] as const).map(how => ({
      title: `awaitEnd sees the peer's ${how} while nobody receives, with bytes unread, and says so again`,
      run: (on: TransportUnderTest) =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            yield* a.sendAll(utf8("unread"))
            yield* arrived(on, b, 6)
            const waiting = yield* forkParked(on, Effect.zip(b.awaitEnd, b.awaitEnd))
            yield* still(on, a, b)
            check((yield* Fiber.poll(waiting))._tag === "None", "awaitEnd should wait while the peer has not ended")
            yield* a[how]
            yield* Fiber.join(waiting)
            equal(yield* b.recv(10), Option.some(utf8("unread")), "what had come")
          })
        )
    }))
  ]
}
