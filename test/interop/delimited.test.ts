/** readline, readuntil, readexactly and read(-1) of asyncio, and our receives: the same bytes have the same results. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import type * as Socket from "../../src/Socket.ts"
import * as SocketError from "../../src/SocketError.ts"
import { turns } from "../internal/node/peer.ts"
import { found, meet, type Way, ways } from "./python.ts"

const node = Effect.provide(NodeNetwork.layer)

type Receive = readonly ["line" | "all", null] | readonly ["until", string] | readonly ["exactly", number]

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Receives as asyncio does: with the delimiter in the result, and with `\n` as the only end of a line. */
const receive = (socket: Socket.Socket, [how, what]: Receive): Effect.Effect<string, SocketError.SocketError> => {
  switch (how) {
    case "line":
      return Effect.map(
        socket.recvLine({ terminator: "lf", limit: 64 }),
        Option.match({ onNone: () => "", onSome: line => `${line}\n` })
      )
    case "until":
      return Effect.map(socket.recvUntil(what, { keepDelimiter: true, limit: 64 }), textOf)
    case "exactly":
      return Effect.map(socket.recvExactly(what), textOf)
    case "all":
      return Effect.map(socket.recvAll(), textOf)
  }
}

/** Answers each piece when it has arrived. Only then the next piece is sent, so that pieces are not joined. */
const answer = (socket: Socket.Socket, pieces: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    let total = 0
    for (const piece of pieces) {
      total += Buffer.byteLength(piece)
      while ((yield* socket.stats).bytesReceived < total) yield* turns(1)
      yield* socket.sendText(".")
    }
  })

/** Sends the pieces in both directions. Returns our results and the results of Python. */
const both = (way: Way, pieces: ReadonlyArray<string>, receives: ReadonlyArray<Receive>) =>
  Effect.gen(function* () {
    const [socket, running] = yield* meet(way, "streams.py", ["delimited", JSON.stringify([pieces, receives])])
    const answering = yield* Effect.fork(answer(socket, pieces))
    const ours = yield* Effect.forEach(receives, how =>
      Effect.merge(Effect.mapError(receive(socket, how), SocketError.toPythonName))
    )
    yield* Fiber.join(answering)
    yield* Effect.forEach(pieces, piece => socket.sendText(piece))
    yield* socket.shutdownSend
    return { ours, theirs: (yield* found(running))["outcomes"] }
  })

const full = "x".repeat(64)

/** The receives, and the result of each. */
const agreed: ReadonlyArray<readonly [receive: Receive, outcome: string]> = [
  [["line", null], "first\n"],
  [["line", null], "with é\r\n"],
  [["line", null], "\n"],
  [["until", "abab"], "abaabab"],
  [["until", "aab"], "aaaab"],
  [["exactly", 4], "1234"],
  [["exactly", 0], ""],
  [["line", null], `${full}\n`],
  [["until", "\r\n"], `${full}\r\n`],
  [["until", "\r\n"], "LimitOverrunError"],
  [["until", "--"], "LimitOverrunError"],
  [["exactly", 67], `${full}x\r\n`],
  [["line", null], "last\n"],
  [["line", null], ""],
  [["until", "\n"], "IncompleteReadError"],
  [["exactly", 1], "IncompleteReadError"],
  [["all", null], ""]
]

const pieces = ["fir", "st\nwith é\r", "\n", "\nab", "aab", "abaaa", "ab123", `4${full}\n${full}\r`, `\n${full}x`]

describe("asyncio", () => {
  for (const way of ways) {
    it.scopedLive.skipIf(way.skip)(
      `lines, split and self-overlapping delimiters, limits and the end have the same results: ${way.name}`,
      () =>
        Effect.gen(function* () {
          const receives = agreed.map(([receive]) => receive)
          const { ours, theirs } = yield* both(way, [...pieces, "\r", "\nlast\n"], receives)
          assert.deepStrictEqual(
            ours,
            agreed.map(([, outcome]) => outcome)
          )
          assert.deepStrictEqual(theirs, ours)
        }).pipe(node)
    )

    it.scopedLive.skipIf(way.skip)(`recvAll and read(-1) have the same results: ${way.name}`, () =>
      Effect.gen(function* () {
        const { ours, theirs } = yield* both(
          way,
          ["line\nand ", "the ", "rest"],
          [
            ["line", null],
            ["all", null],
            ["all", null]
          ]
        )
        assert.deepStrictEqual(ours, ["line\n", "and the rest", ""])
        assert.deepStrictEqual(theirs, ours)
      }).pipe(node)
    )

    it.scopedLive.skipIf(way.skip)(
      `difference: a last line without an end is a line in asyncio, and UnexpectedEnd here: ${way.name}`,
      () =>
        Effect.gen(function* () {
          const { ours, theirs } = yield* both(
            way,
            ["whole\ncu", "t"],
            [
              ["line", null],
              ["line", null],
              ["all", null]
            ]
          )
          assert.deepStrictEqual(ours, ["whole\n", "IncompleteReadError", "cut"])
          assert.deepStrictEqual(theirs, ["whole\n", "cut", ""])
        }).pipe(node)
    )

    it.scopedLive.skipIf(way.skip)(
      `difference: a message cut by the end is consumed by asyncio (its error has it), and stays buffered here: ${way.name}`,
      () =>
        Effect.gen(function* () {
          const { ours, theirs } = yield* both(
            way,
            ["cu", "t"],
            [
              ["until", "\n"],
              ["exactly", 5],
              ["all", null]
            ]
          )
          assert.deepStrictEqual(ours, ["IncompleteReadError", "IncompleteReadError", "cut"])
          assert.deepStrictEqual(theirs, ["IncompleteReadError", "IncompleteReadError", ""])
        }).pipe(node)
    )
  }
})
