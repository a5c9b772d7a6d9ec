/**
 * Conformance properties about messages that exceed their limit, and messages that the end of the stream or a reset
 * cuts.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Socket from "../../../Socket.ts"
import type { SocketError } from "../../../SocketError.ts"
import {
  arrived,
  type Chapter,
  check,
  concat,
  eitherWay,
  equal,
  everySplit,
  fails,
  forkParked,
  isDone,
  pair,
  receiveAll,
  sameBytes,
  sendApart,
  soon,
  type TransportUnderTest,
  turns,
  utf8
} from "../kit/index.ts"

/** A function that receives one message, and the bytes that end a message (`end`). */
interface Framing {
  readonly operation: "recvUntil" | "recvLine"
  readonly name: string
  readonly end: Uint8Array
  readonly run: (socket: Socket.Socket, limit?: number) => Effect.Effect<Uint8Array, SocketError>
}

const framings: ReadonlyArray<Framing> = [
  ...["\n", "\r\n", "abab"].map(delimiter => ({
    operation: "recvUntil" as const,
    name: `recvUntil(${JSON.stringify(delimiter)})`,
    end: utf8(delimiter),
    run: (socket: Socket.Socket, limit?: number) => socket.recvUntil(delimiter, { limit })
  })),
  ...(
    [
      ["any", "\n"],
      ["any", "\r\n"],
      ["lf", "\n"],
      ["crlf", "\r\n"]
    ] as const
  ).map(([terminator, end]) => ({
    operation: "recvLine" as const,
    name: `recvLine of ${terminator}, ended by ${JSON.stringify(end)}`,
    end: utf8(end),
    run: (socket: Socket.Socket, limit?: number) =>
      Effect.map(socket.recvLine({ terminator, limit }), line => utf8(Option.getOrThrow(line)))
  }))
]

const text = (length: number): Uint8Array => utf8("x".repeat(length))

/**
 * Returns two fields of the error: `operation` and `limit`, or `expected` and `available`. Other errors give an empty
 * list.
 */
const saidOf = (error: SocketError): ReadonlyArray<unknown> =>
  error._tag === "LimitExceeded"
    ? [error.operation, error.limit]
    : error._tag === "UnexpectedEnd"
      ? [error.expected, error.available]
      : []

/**
 * Checks twice that the receive fails with LimitExceeded and that the error has the expected `operation` and `limit`.
 * Also checks that the receive consumes nothing.
 */
const exceeds = (
  b: Socket.Socket,
  { name, operation, run }: Pick<Framing, "name" | "operation" | "run">,
  limit: number,
  is = limit
) =>
  Effect.gen(function* () {
    const { bytesBuffered } = yield* b.stats
    for (const _ of [1, 2]) {
      const error = yield* fails(run(b, limit), "LimitExceeded", [], `${name} with limit ${limit}`)
      equal(saidOf(error), [operation, is], `operation and limit in the error of ${name}`)
    }
    equal((yield* b.stats).bytesBuffered, bytesBuffered, `bytesBuffered after ${name}`)
  })

export const unfinished: Chapter = {
  title: "messages that are too long or never end",
  properties: [
    {
      title:
        "a message of limit bytes is returned, wherever its delimiter is split; one byte more fails with LimitExceeded (operation, limit) and stays buffered",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          for (const framing of framings) {
            for (const limit of [0, 1, 10]) {
              const what = `${framing.name} with limit ${limit}`
              for (const [first, second] of everySplit(framing.end)) {
                const receiving = yield* forkParked(on, framing.run(b, limit))
                yield* sendApart(on, a, b, [concat([text(limit), first]), second])
                equal(yield* soon(Fiber.join(receiving), what), text(limit), what)
                equal((yield* b.stats).bytesBuffered, 0, `bytesBuffered after ${what}`)
              }
              yield* a.sendAll([text(limit + 1), framing.end])
              yield* arrived(on, b, limit + 1 + framing.end.length)
              yield* exceeds(b, framing, limit)
              equal(yield* framing.run(b, limit + 1), text(limit + 1), `${framing.name} with limit ${limit + 1}`)
            }
          }
        })
    },
    {
      title:
        "the receive fails with LimitExceeded at the first byte beyond limit; bytes that may begin the delimiter do not count",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          for (const framing of framings) {
            for (let begun = 0; begun < framing.end.length; begun++) {
              const what = `${framing.name} with limit 10 and ${begun} bytes of its delimiter`
              const waiting = yield* forkParked(on, Effect.exit(framing.run(b, 10)))
              yield* sendApart(on, a, b, [text(10), framing.end.subarray(0, begun)])
              yield* turns(on, 5)
              check(!(yield* isDone(waiting)), `${what}: the receive should wait`)
              yield* a.sendAll(utf8("x"))
              yield* fails(Effect.flatten(Fiber.join(waiting)), "LimitExceeded", [], what)
              yield* exceeds(b, framing, 10)
              yield* b.discard(11 + begun)
            }
          }
        })
    },
    {
      title:
        "the default limit of recvUntil and recvLine is 64 KiB; Infinity means no limit, and a fraction is rounded down",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on, { highWaterMark: 1000 })
          const most = 65_536
          for (const framing of framings) {
            const send = (bytes: number) => Effect.fork(a.sendAll([text(bytes), framing.end]))
            yield* send(most)
            sameBytes(yield* framing.run(b), text(most), `${framing.name} of ${most} bytes`)
            yield* send(most + 1)
            const error = yield* fails(framing.run(b), "LimitExceeded", [], `${framing.name} of ${most + 1} bytes`)
            equal(saidOf(error), [framing.operation, most], "operation and limit in the error")
            yield* send(100_000)
            for (const bytes of [most + 1, 100_000]) {
              const got = yield* framing.run(b, Number.POSITIVE_INFINITY)
              sameBytes(got, text(bytes), `${framing.name} without a limit`)
            }
            for (const [limit, is] of [
              [0, 0],
              [1.9, 1]
            ] as const) {
              yield* send(is)
              equal(yield* framing.run(b, limit), text(is), `${framing.name} with limit ${limit}`)
              yield* send(is + 1)
              yield* arrived(on, b, is + 1 + framing.end.length)
              yield* exceeds(b, framing, limit, is)
              yield* b.discard(is + 1 + framing.end.length)
            }
          }
        })
    },
    {
      title:
        "in a flood without a delimiter, the receive fails with LimitExceeded, and at most one read beyond limit is buffered",
      run: on =>
        Effect.gen(function* () {
          for (const { operation, run } of [framings[0]!, framings[5]!]) {
            const { a, b } = yield* pair(on, { highWaterMark: 1000 })
            yield* Effect.fork(a.sendAll(text(on.clogBytes)))
            yield* fails(run(b, 200_000), "LimitExceeded", [], operation)
            const { bytesBuffered } = yield* b.stats
            const bound = 200_000 + 64 * 1024
            check(
              bytesBuffered <= bound,
              `${operation}: expected at most ${bound} bytes buffered, got ${bytesBuffered}`
            )
            yield* a.abort
          }
        })
    },
    ...(["before", "while"] as const).map(when => ({
      title: `if the stream ends before the delimiter, the receive fails with UnexpectedEnd (available) and the bytes stay buffered; if there are none, recvLine returns None (the end arrives ${when} it waits)`,
      run: (on: TransportUnderTest) =>
        Effect.forEach(
          framings,
          framing =>
            eitherWay(on, (a, b) =>
              Effect.gen(function* () {
                const sent = concat([utf8("abc"), framing.end.subarray(0, -1)])
                const send = Effect.zipRight(sendApart(on, a, b, [sent]), a.shutdownSend)
                if (when === "before") yield* Effect.zipRight(send, b.awaitEnd)
                const receiving = yield* Effect.fork(Effect.exit(framing.run(b)))
                if (when === "while") yield* send
                const exit = yield* soon(Fiber.join(receiving), framing.name)
                for (const one of [exit, yield* Effect.exit(framing.run(b))]) {
                  const error = yield* fails(
                    Effect.suspend(() => one),
                    "UnexpectedEnd",
                    [],
                    framing.name
                  )
                  equal(saidOf(error), [undefined, sent.length], "expected and available in the error")
                }
                equal((yield* receiveAll(b)).bytes, sent, "the bytes that stayed")
                equal(yield* b.recvLine(), Option.none(), "recvLine at the end")
                const error = yield* fails(b.recvUntil(framing.end), "UnexpectedEnd", [], "recvUntil at the end")
                equal(saidOf(error), [undefined, 0], "expected and available in the error at the end")
              })
            ),
          { discard: true }
        )
    })),
    {
      title:
        "a whole message before a reset is returned; for a message that the reset cut, the receive fails with Reset and the bytes stay buffered",
      needs: ["reset"],
      run: on =>
        Effect.forEach(
          framings,
          framing =>
            eitherWay(on, (a, b) =>
              Effect.gen(function* () {
                yield* a.sendAll([utf8("whole"), framing.end, utf8("cut")])
                yield* arrived(on, b, 8 + framing.end.length)
                yield* a.abort
                yield* b.awaitEnd
                equal(yield* framing.run(b), utf8("whole"), framing.name)
                for (const _ of [1, 2]) yield* fails(framing.run(b), "RecvError", "Reset", framing.name)
                equal(yield* b.recv(100), Option.some(utf8("cut")), "the bytes that stayed")
                yield* fails(framing.run(b), "RecvError", "Reset", `${framing.name} again`)
              })
            ),
          { discard: true }
        )
    }
  ]
}
