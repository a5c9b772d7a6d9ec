/**
 * Conformance properties about interrupted sends: the bytes of a send go out whole or not at all.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import {
  type Chapter,
  check,
  clog,
  eitherWay,
  equal,
  forkParked,
  frame,
  frameIds,
  interruptEverywhere,
  interruptSometime,
  isInterrupted,
  pair,
  Random,
  receive,
  receiveAll,
  sameBytes,
  soon,
  succeeded,
  textOf,
  utf8
} from "../kit/index.ts"

export const interruptedSends: Chapter = {
  title: "interrupted sends",
  properties: [
    {
      title:
        "an interrupted send returns at once; if it is in flight, it goes out whole, otherwise not at all; later sends follow",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const { sender, sent } = yield* clog(on, a, b)
            const queued = yield* forkParked(on, a.sendAll(utf8("never")))
            const kept = yield* forkParked(on, a.sendAll(utf8("kept,")))
            yield* soon(Fiber.interrupt(queued), "an interrupted send that has not begun")
            yield* soon(Fiber.interrupt(sender), "an interrupted send that has begun")
            const later = yield* Effect.fork(a.sendAll(utf8("later")))
            const got = yield* receive(b, sent.length + 10)
            sameBytes(got.subarray(0, sent.length), sent, "the send in flight")
            equal(textOf(got.subarray(sent.length)), "kept,later", "the bytes of the later sends")
            yield* Fiber.joinAll([kept, later])
            yield* a.shutdownSend
            equal(
              (yield* receiveAll(b)).bytes.length,
              0,
              "number of bytes from the send that was interrupted before it began"
            )
          })
        )
    },
    {
      title: "sends interrupted at random moments go out whole or not at all, and each send that succeeds arrives",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on, { highWaterMark: 4096 })
          const random = new Random(31)
          const all = yield* Effect.fork(receiveAll(b, 30_000))
          const send = (id: number) =>
            interruptSometime(on, new Random(id), a.sendAll(frame(id, random.int(0, 9) === 0 ? 2_000_000 : id * 100)))
          const exits = yield* Effect.forEach(
            Array.from({ length: 200 }, (_, id) => id),
            send,
            { concurrency: 8 }
          )
          yield* a.shutdownSend
          const ids = frameIds((yield* Fiber.join(all)).bytes)
          equal(new Set(ids).size, ids.length, "number of different frames")
          exits.forEach((exit, id) => {
            if (isInterrupted(exit)) return
            succeeded(exit, `send ${id}`)
            check(ids.includes(id), `send ${id} succeeded, but did not arrive`)
          })
        })
    },
    {
      title: "sends interrupted at any step go out whole or not at all",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
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
                  else check(isInterrupted(exit), "a send should succeed or be interrupted")
                })
            )
          }
          yield* a.shutdownSend
          const ids = frameIds((yield* Fiber.join(all)).bytes)
          equal(
            ids,
            [...new Set(ids)].sort((x, y) => x - y),
            "the frames, in order and each once"
          )
          const lost = succeededIds.filter(one => !ids.includes(one))
          equal(lost, [], "sends that succeeded but did not arrive")
        })
    }
  ]
}
