/**
 * Conformance properties about `sendTimeout`: when a send times out, and which of its bytes go out.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Socket from "../../../Socket.ts"
import {
  type Chapter,
  check,
  cut,
  eitherWay,
  equal,
  failed,
  forkParked,
  frame,
  frameIds,
  interruptEverywhere,
  isDone,
  isInterrupted,
  lasts,
  pair,
  pattern,
  prefixOf,
  Random,
  receive,
  receiveAll,
  sameBytes,
  soon,
  still,
  succeeded,
  type TransportUnderTest,
  textOf,
  timesOut,
  turns,
  utf8
} from "../kit/index.ts"

const needs = ["timeouts"] as const

/**
 * Sends more bytes than the connection can buffer, to a peer that does not receive. The send times out. Returns all
 * bytes of the send.
 */
const cutSend = (on: TransportUnderTest, a: Socket.Socket) =>
  Effect.gen(function* () {
    const sent = pattern(on.clogBytes)
    yield* timesOut(Socket.withTimeouts(a, { sendTimeout: 50 }).sendAll(sent), "sendTimeout", 50, "a send")
    return sent
  })

/**
 * Starts a send of more bytes than the connection can buffer. Interrupts the send when it waits. Returns all its bytes.
 */
const interruptedSend = (on: TransportUnderTest, a: Socket.Socket, b: Socket.Socket) =>
  Effect.gen(function* () {
    const sent = pattern(on.clogBytes)
    const sending = yield* Effect.fork(Socket.withTimeouts(a, { sendTimeout: "10 minutes" }).sendAll(sent))
    yield* still(on, a, b)
    yield* soon(Fiber.interrupt(sending), "an interrupted send")
    return sent
  })

export const sendTimeouts: Chapter = {
  title: "send timeouts",
  properties: [
    {
      title:
        "a send without progress for sendTimeout fails with TimedOut; if it is in flight, it goes out whole, otherwise not at all; later sends follow",
      needs,
      run: on =>
        eitherWay(
          on,
          (a, b) =>
            Effect.gen(function* () {
              const sent = pattern(on.clogBytes)
              const sending = yield* Effect.fork(timesOut(a.sendAll(sent), "sendTimeout", 100, "the send in flight"))
              yield* Effect.yieldNow()
              const behind = yield* timesOut(
                a.sendAll(utf8("never")),
                "sendTimeout",
                100,
                "the send that waits behind the send in flight"
              )
              const first = yield* Fiber.join(sending)
              const accepted = [first, behind].map(error => ("bytesAccepted" in error ? error.bytesAccepted : -1))
              const { bytesUnsent } = yield* a.stats
              check(
                accepted[0]! >= 0 && accepted[0]! + bytesUnsent <= sent.length,
                `bytesAccepted of the send in flight should not exceed what was sent, got ${accepted[0]}`
              )
              equal(accepted[1], 0, "bytesAccepted of the send that waits behind the send in flight")
              const later = yield* Effect.fork(Socket.withTimeouts(a, {}).sendAll(utf8("later")))
              const got = yield* soon(receive(b, sent.length + 5), "the send in flight and the bytes after it")
              sameBytes(got.subarray(0, sent.length), sent, "the send in flight")
              equal(textOf(got.subarray(sent.length)), "later", "the bytes of the later send")
              yield* Fiber.join(later)
            }),
          { timeouts: { sendTimeout: 100 } }
        )
    },
    {
      title: "while a slow peer receives, a send and the send behind it do not time out, however long they take",
      needs,
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on, { timeouts: { sendTimeout: 800 } })
          const sent = pattern(on.clogBytes)
          const portion = Math.ceil(sent.length / 80)
          const sending = yield* Effect.fork(lasts(900, a.sendAll(sent), "a send to a slow peer"))
          yield* Effect.yieldNow()
          const behind = yield* Effect.fork(a.sendAll(utf8("behind")))
          for (let left = sent.length; left > 0; left -= portion) {
            yield* Effect.sleep(20)
            yield* receive(b, Math.min(portion, left))
          }
          yield* Fiber.joinAll([sending, behind])
          equal(textOf(yield* receive(b, 6)), "behind", "the bytes of the second send")
        })
    },
    {
      title: "a send that is taken at once succeeds, even with a sendTimeout of 0 or a negative time",
      needs,
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            for (const sendTimeout of [0, -1]) {
              yield* Socket.withTimeouts(a, { sendTimeout }).sendAll(utf8("at once"))
              equal(textOf(yield* receive(b, 7)), "at once", `with a sendTimeout of ${sendTimeout}`)
            }
            const sent = pattern(on.clogBytes)
            yield* timesOut(
              Socket.withTimeouts(a, { sendTimeout: 0 }).sendAll(sent),
              "sendTimeout",
              0,
              "a send that waits"
            )
            sameBytes(yield* receive(b, sent.length), sent, "the send in flight")
          })
        )
    },
    {
      title: "a long send with a sendTimeout goes out in pieces and arrives unchanged, from one buffer or from several",
      needs,
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const limited = Socket.withTimeouts(a, { sendTimeout: "10 minutes" })
            const random = new Random(51)
            for (let n = 0; n < 20; n++) {
              const longest = random.int(0, 1) === 0 ? 2000 : 200_000
              const sent = random.bytes(random.int(60_000, 600_000))
              const buffers = cut(sent, random, longest).flatMap(buffer => [buffer, new Uint8Array(0)])
              const sending = yield* Effect.fork(limited.sendAll(n % 4 === 0 ? sent : buffers))
              sameBytes(yield* receive(b, sent.length), sent, `${sent.length} bytes in ${buffers.length} buffers`)
              yield* Fiber.join(sending)
            }
          })
        )
    },
    ...(["timed out", "was interrupted"] as const).flatMap(how =>
      (["shutdownSend", "close"] as const).map(ending => ({
        title: `a send that ${how} in flight goes out whole before ${ending} ends the sending half`,
        needs,
        run: (on: TransportUnderTest) =>
          eitherWay(on, (a, b) =>
            Effect.gen(function* () {
              const sent = yield* how === "timed out" ? cutSend(on, a) : interruptedSend(on, a, b)
              const { bytesSent, bytesUnsent } = yield* a.stats
              equal(bytesSent, sent.length, "bytesSent")
              check(bytesUnsent > 0, "some bytes should be unsent")
              const waiting = yield* forkParked(on, a[ending])
              yield* turns(on, 20)
              check(!(yield* isDone(waiting)), `${ending} should wait`)
              const { bytes, end } = yield* receiveAll(b)
              sameBytes(bytes, sent, "the send in flight")
              equal(end, "the end", "how the stream ended")
              succeeded(yield* Fiber.await(waiting), ending)
            })
          )
      }))
    ),
    {
      title:
        "if close cannot flush the rest of a timed-out send, it resets the connection, so a cut message never looks whole",
      needs: ["timeouts", "reset"],
      run: on =>
        eitherWay(
          on,
          (a, b) =>
            Effect.gen(function* () {
              const sent = yield* cutSend(on, a)
              yield* soon(a.close, "a close while the peer does not receive")
              const { bytes, end } = yield* receiveAll(b)
              equal(end, "Reset", `after ${bytes.length} of ${sent.length} bytes`)
              prefixOf(bytes, sent, "the bytes before the reset")
            }),
          { closeTimeout: "100 millis" }
        )
    },
    ...(["close", "abort"] as const).map(how => ({
      title: `a waiting send with a sendTimeout fails at once with Closed when this end runs ${how}, and leaves no timer behind`,
      needs,
      run: (on: TransportUnderTest) =>
        eitherWay(
          on,
          (a, b) =>
            Effect.gen(function* () {
              const sending = yield* Effect.fork(a.sendAll(pattern(on.clogBytes)))
              yield* still(on, a, b)
              const queued = yield* forkParked(on, a.sendAll(utf8("queued")))
              yield* soon(a[how], how)
              for (const fiber of [sending, queued]) {
                failed(yield* soon(Fiber.await(fiber), "a send"), "SendError", "Closed", "a send")
              }
            }),
          { closeTimeout: "50 millis", timeouts: { sendTimeout: "10 minutes" } }
        )
    })),
    ...(["10 minutes", 0] as const).map(sendTimeout => ({
      title: `sends with a sendTimeout of ${sendTimeout}, interrupted at any step, go out whole or not at all`,
      needs,
      run: (on: TransportUnderTest) =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on, { timeouts: { sendTimeout } })
          const all = yield* Effect.fork(receiveAll(b))
          let id = 0
          const succeededIds: Array<number> = []
          for (const payload of [10, 3_000_000]) {
            yield* interruptEverywhere(
              on,
              Effect.suspend(() => a.sendAll(frame(++id, payload))),
              Effect.void,
              exit =>
                Effect.sync(() => {
                  if (Exit.isSuccess(exit)) succeededIds.push(id)
                  else if (!isInterrupted(exit)) failed(exit, "SendError", "TimedOut", "a send")
                })
            )
          }
          yield* a.shutdownSend
          const ids = frameIds((yield* Fiber.join(all)).bytes)
          const inOrder = [...new Set(ids)].sort((x, y) => x - y)
          equal(ids, inOrder, "the frames, in order and each once")
          const lost = succeededIds.filter(one => !ids.includes(one))
          equal(lost, [], "sends that succeeded but did not arrive")
        })
    }))
  ]
}
