/**
 * Conformance properties about the timeouts of receives: `recvTimeout`, `messageTimeout` and `minThroughput`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Socket from "../../../Socket.ts"
import type { RecvError, TimedOutBy } from "../../../SocketError.ts"
import {
  arrived,
  type Chapter,
  check,
  concat,
  dribble,
  eitherWay,
  equal,
  failed,
  fails,
  forkParked,
  interruptEverywhere,
  isDone,
  isInterrupted,
  lasts,
  pair,
  receive,
  receivers,
  roundTrip,
  soon,
  succeeded,
  type TransportUnderTest,
  textOf,
  timesOut,
  utf8
} from "../kit/index.ts"

const needs = ["timeouts"] as const

const timeouts: ReadonlyArray<TimedOutBy> = ["recvTimeout", "messageTimeout", "minThroughput"]

/** Timeouts that never pass during a property, because they are longer than a property may run. */
const patient: Socket.Timeouts = {
  recvTimeout: "10 minutes",
  messageTimeout: "10 minutes",
  minThroughput: { bytes: 1, per: "10 minutes" },
  sendTimeout: "10 minutes"
}

const limitsBy = (by: TimedOutBy, millis: number): Socket.Timeouts =>
  by === "minThroughput" ? { minThroughput: { bytes: 100, per: millis } } : { [by]: millis }

/** The ways in which a connection can end. `then` is the result of a receive that waits at that time. */
const endings: ReadonlyArray<
  readonly [what: string, end: (a: Socket.Socket, b: Socket.Socket) => Effect.Effect<void, unknown>, then: string]
> = [
  ["the peer ends", a => a.shutdownSend, "the end"],
  ["the peer resets", a => a.abort, "Reset"],
  ["this end closes", (_, b) => b.close, "Closed"],
  ["this end aborts", (_, b) => b.abort, "Closed"]
]

/**
 * Runs a receive and the effects `others`. The effects start 20 milliseconds later, at the same moment as the timeout
 * of the receive. If `first` is true, the timers of the effects start before the receive waits. Otherwise they start
 * after.
 */
const inOneMoment = (
  on: TransportUnderTest,
  receiving: Effect.Effect<Option.Option<Uint8Array>, RecvError>,
  others: ReadonlyArray<(fiber: Fiber.RuntimeFiber<unknown, unknown>) => Effect.Effect<unknown, unknown>>,
  first: boolean
) =>
  Effect.gen(function* () {
    const moment = 20
    const meanwhile = (fiber: Effect.Effect<Fiber.RuntimeFiber<unknown, unknown>>) =>
      Effect.forEach(others, other => Effect.fork(Effect.delay(Effect.flatMap(fiber, other), moment)))
    let waiting: Fiber.RuntimeFiber<Option.Option<Uint8Array>, RecvError> | undefined
    const waiter = Effect.sync(() => waiting as Fiber.RuntimeFiber<unknown, unknown>)
    const early = first ? yield* meanwhile(waiter) : []
    waiting = yield* forkParked(on, receiving)
    const late = first ? [] : yield* meanwhile(waiter)
    const exit = yield* soon(Fiber.await(waiting), "the waiting receive")
    yield* Fiber.awaitAll([...early, ...late])
    return exit
  })

export const receiveTimeouts: Chapter = {
  title: "receive timeouts",
  properties: [
    ...timeouts.map(by => ({
      title: `a receive that times out by ${by} fails with TimedOut, consumes nothing, and leaves the socket usable`,
      needs,
      run: (on: TransportUnderTest) =>
        eitherWay(
          on,
          (a, b) =>
            Effect.gen(function* () {
              for (const receiver of receivers) {
                const { name } = receiver
                yield* timesOut(receiver.run(b), by, 30, name)
                const patiently = Socket.withTimeouts(b, {})
                yield* a.sendAll(utf8("ab"))
                yield* arrived(on, b, 2)
                if (!receiver.takesFewer) yield* timesOut(receiver.run(b), by, 30, `${name} with 2 of 4 bytes`)
                yield* a.sendAll(utf8("cd"))
                equal(
                  textOf(yield* soon(receive(patiently, 4), `the bytes that ${name} left`)),
                  "abcd",
                  `the bytes that ${name} left`
                )
                yield* roundTrip(Socket.withTimeouts(a, {}), patiently)
              }
            }),
          { timeouts: limitsBy(by, 30) }
        )
    })),
    {
      title: "each byte restarts recvTimeout, but not messageTimeout, which starts when the receive begins to wait",
      needs,
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const dribbling = yield* Effect.fork(dribble(a, utf8("x"), 20))
            const spared = Socket.withTimeouts(b, { recvTimeout: 500 })
            yield* lasts(700, spared.recvExactly(40), "40 bytes, one each 20ms")
            const cut = Socket.withTimeouts(b, { recvTimeout: 500, messageTimeout: 200 }).recvExactly(10_000)
            yield* timesOut(cut, "messageTimeout", 200, "a receive of one byte each 20ms")
            yield* timesOut(cut, "messageTimeout", 200, "the next receive of one byte each 20ms")
            yield* Fiber.interrupt(dribbling)
            check((yield* b.stats).bytesBuffered > 0, "the bytes that arrived should still be buffered")
          })
        )
    },
    {
      title: "minThroughput counts across receives: a slower peer times out, a faster one does not",
      needs,
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const timeouts: Socket.Timeouts = { minThroughput: { bytes: 100, per: 200 } }
            const slow = yield* Effect.fork(dribble(a, utf8("x"), 20))
            const receiving = Socket.withTimeouts(b, timeouts)
            yield* timesOut(Effect.forever(receiving.recv(1)), "minThroughput", 200, "bytes, one each 20ms")
            yield* timesOut(
              Effect.forever(receiving.recv(1)),
              "minThroughput",
              200,
              "bytes in the next 200ms, one each 20ms"
            )
            yield* Fiber.interrupt(slow)
            const fast = yield* Effect.fork(dribble(a, new Uint8Array(1000), 20))
            yield* lasts(500, Effect.repeatN(receiving.recvExactly(1000), 29), "1000 bytes each 20ms")
            yield* Fiber.interrupt(fast)
          })
        )
    },
    {
      title:
        "timeouts count only while a receive waits; a receive returns buffered bytes even if more time than a timeout has passed",
      needs,
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const timeouts = { recvTimeout: 20, messageTimeout: 20, minThroughput: { bytes: 1_000_000, per: 20 } }
            const receiving = Socket.withTimeouts(b, timeouts)
            for (let n = 0; n < 5; n++) {
              yield* a.sendAll(utf8("abcd"))
              yield* arrived(on, b, 4)
              yield* Effect.sleep(30)
              equal(yield* receiving.recv(4), Option.some(utf8("abcd")), "the buffered bytes")
            }
          })
        )
    },
    {
      title:
        "with a timeout of 0 or a negative time, a receive returns buffered bytes and does not wait; Infinity means no timeout",
      needs,
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            for (const [by, millis] of timeouts.flatMap(by => [0, -1].map(millis => [by, millis] as const))) {
              const receiving = Socket.withTimeouts(b, limitsBy(by, millis))
              yield* timesOut(receiving.recv(4), by, 0, `${by} of ${millis}`)
              yield* a.sendAll(utf8("abcd"))
              yield* arrived(on, b, 4)
              equal(yield* receiving.recvExactly(4), utf8("abcd"), "the buffered bytes")
            }
            const endless = { recvTimeout: Number.POSITIVE_INFINITY, messageTimeout: Number.POSITIVE_INFINITY }
            const waiting = yield* forkParked(on, Socket.withTimeouts(b, endless).recv(4))
            yield* Effect.sleep(20)
            yield* a.sendAll(utf8("abcd"))
            equal(yield* Fiber.join(waiting), Option.some(utf8("abcd")), "with timeouts of Infinity")
          })
        )
    },
    {
      title: "each withTimeouts view of a socket has its own timeouts, and an interrupted receive leaves none behind",
      needs,
      run: on =>
        eitherWay(
          on,
          (a, b) =>
            Effect.gen(function* () {
              const [none, short] = [Socket.withTimeouts(b, {}), Socket.withTimeouts({ recvTimeout: 40 })(b)]
              for (const before of [short, b, none]) {
                yield* Fiber.interrupt(yield* forkParked(on, before.recv(1)))
                yield* timesOut(short.recv(1), "recvTimeout", 40, "the view with the short timeout")
                yield* Fiber.interrupt(yield* forkParked(on, short.recv(1)))
                const waiting = yield* forkParked(on, before === short ? none.recv(1) : before.recv(1))
                yield* Effect.sleep(60)
                check(!(yield* isDone(waiting)), "the timeout of another view should not apply")
                yield* fails(short.recv(1), "RecvError", "Busy", "a receive by another view")
                yield* a.sendAll(utf8("x"))
                equal(yield* Fiber.join(waiting), Option.some(utf8("x")), "the byte that it waited for")
              }
            }),
          { timeouts: patient }
        )
    },
    {
      title: "a wrapped socket has the timeouts of the socket that it wraps, unless other timeouts are set on it",
      needs,
      run: on =>
        eitherWay(
          on,
          (a, b) =>
            Effect.gen(function* () {
              let seen = 0
              const wrapped = Socket.wrap(b, {
                onRecv: bytes => {
                  seen += bytes.length
                },
                beforeRecv: Effect.void,
                onError: () => {}
              })
              for (const receiver of receivers) {
                yield* timesOut(receiver.run(wrapped), "recvTimeout", 40, `${receiver.name} of a wrapped socket`)
              }
              const longer = Socket.withTimeouts(wrapped, { messageTimeout: 60 })
              yield* timesOut(longer.recv(1), "messageTimeout", 60, "with other timeouts")
              yield* timesOut(Socket.wrap(longer, {}).recvExactly(2), "messageTimeout", 60, "wrapped twice")
              yield* a.sendAll(utf8("abcd"))
              yield* arrived(on, b, 4)
              equal(textOf(yield* receive(Socket.withTimeouts(wrapped, {}), 4)), "abcd", "without timeouts")
              equal(seen, 4, "number of bytes that the wrapper saw")
            }),
          { timeouts: { recvTimeout: 40 } }
        )
    },
    {
      title: "an uninterruptible receive times out too",
      needs,
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const receiving = Effect.uninterruptible(Socket.withTimeouts(b, { recvTimeout: 30 }).recvExactly(4))
            yield* timesOut(receiving, "recvTimeout", 30, "an uninterruptible receive")
            yield* roundTrip(a, b)
          })
        )
    },
    ...endings.map(([what, end, then]) => ({
      title: `a receive with timeouts stops waiting at once when ${what}, and leaves no timer behind`,
      needs: then === "Reset" ? ([...needs, "reset"] as const) : needs,
      run: (on: TransportUnderTest) =>
        eitherWay(
          on,
          (a, b) =>
            Effect.gen(function* () {
              const waiting = yield* forkParked(on, b.recv(4))
              yield* end(a, b)
              const exit = yield* soon(Fiber.await(waiting), "the waiting receive")
              if (then === "the end") equal(succeeded(exit, "recv"), Option.none(), then)
              else failed(exit, "RecvError", then, "recv")
            }),
          { timeouts: patient }
        )
    })),
    ...(["recv", "recvWith"] as const).map(name => ({
      title: `${name} with timeouts, interrupted at any step, loses no byte, and the next receive works`,
      needs,
      run: (on: TransportUnderTest) =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          for (const timeouts of [patient, limitsBy("recvTimeout", 0), limitsBy("messageTimeout", 1)]) {
            const got: Array<Uint8Array> = []
            let sent = 0
            const receiver = receivers.find(receiver => receiver.name === name)!
            yield* interruptEverywhere(
              on,
              Effect.flatMap(receiver.run(Socket.withTimeouts(b, timeouts)), bytes => {
                got.push(Option.getOrThrow(bytes))
                return Effect.void
              }),
              Effect.suspend(() => a.sendAll(utf8(String(sent++).padStart(4, "0")))),
              exit =>
                Effect.gen(function* () {
                  if (Exit.isFailure(exit) && !isInterrupted(exit)) failed(exit, "RecvError", "TimedOut", name)
                  const missing = sent * 4 - got.reduce((sum, bytes) => sum + bytes.length, 0)
                  if (missing > 0) got.push(yield* soon(b.recvExactly(missing), `the bytes that ${name} left`))
                })
            )
            const expected = Array.from({ length: sent }, (_, n) => String(n).padStart(4, "0"))
            equal(textOf(concat(got)), expected.join(""), "all received bytes")
          }
        })
    })),
    {
      title:
        "if bytes, an interruption, a timeout and a close come at the same moment, the receive ends once; without the close, no byte is lost",
      needs,
      run: on =>
        Effect.gen(function* () {
          for (const closes of [false, true]) {
            for (const order of [0, 1, 2, 3, 4, 5]) {
              const { a, b } = yield* pair(on)
              const others = [
                () => a.sendAll(utf8("abcd")),
                (fiber: Fiber.RuntimeFiber<unknown, unknown>) => Fiber.interruptFork(fiber),
                () => (closes ? b.close : Effect.void)
              ]
              const rotated = [...others.slice(order % 3), ...others.slice(0, order % 3)]
              const receiving = Socket.withTimeouts(b, { recvTimeout: 20 }).recv(4)
              const exit = yield* inOneMoment(on, receiving, rotated, order < 3)
              if (Exit.isFailure(exit) && !isInterrupted(exit)) {
                failed(exit, "RecvError", closes ? ["TimedOut", "Closed"] : "TimedOut", "the waiting receive")
              }
              if (closes) {
                yield* fails(b.recv(4), "RecvError", "Closed", "after the close")
              } else {
                const bytes = Exit.isSuccess(exit)
                  ? exit.value
                  : yield* soon(b.recv(4), "the bytes that the receive left")
                equal(bytes, Option.some(utf8("abcd")), "the bytes that were sent")
                yield* roundTrip(a, b)
              }
            }
          }
        })
    }
  ]
}
