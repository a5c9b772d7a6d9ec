/** Peers that announce a wrong length or send invalid or dangerous text, and two well-behaved peers. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { pattern, textOf, utf8 } from "../../src/internal/conformance/kit/bytes.ts"
import { equal, fails, sameBytes } from "../../src/internal/conformance/kit/expect.ts"
import { receiveAll } from "../../src/internal/conformance/kit/pairs.ts"
import type * as Socket from "../../src/Socket.ts"
import { type Conversation, memoryIsBounded } from "./conversation.ts"
import { escapes, greeting, streamed } from "./peers.ts"

/** Receives the announced length, without checking it. */
const announced = (socket: Socket.Socket) =>
  Effect.map(socket.recvExactly(8), bytes => Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0)))

/** Checks a stream that ends too early: the error has both lengths, and the received bytes stay buffered. */
const endsTooEarly = (socket: Socket.Socket, expected: number) =>
  Effect.gen(function* () {
    equal(yield* announced(socket), expected, "the length")
    const error = yield* Effect.flip(socket.recvExactly(expected))
    equal(error._tag === "UnexpectedEnd" ? [error.expected, error.available] : error, [expected, 10], "the error")
    const { bytes, end } = yield* receiveAll(socket)
    sameBytes(bytes, streamed(0, 10), "what came")
    equal(end, "the end", "after that")
  })

/** Checks text followed by invalid bytes. Each recvText fails with their position until they are consumed. */
const decodeFails = (
  socket: Socket.Socket,
  {
    at,
    problem,
    rest,
    text
  }: { readonly text: string; readonly problem: string; readonly at: number; readonly rest: string }
) =>
  Effect.gen(function* () {
    equal(yield* socket.recvText(1000), Option.some(text), "the text before it")
    for (const when of ["at once", "again"]) {
      const error = yield* fails(socket.recvText(1000), "DecodeError", problem, `recvText ${when}`)
      equal(error._tag === "DecodeError" && error.streamOffset, at, `where it is, ${when}`)
    }
    equal(yield* socket.recvText(1000, { onInvalid: "replace" }), Option.some(rest), "with its replacement")
    equal(yield* socket.recvText(1000), Option.none(), "the end")
  })

const echoed = pattern(300_000)

export const lies: ReadonlyArray<Conversation> = [
  {
    peer: "announcesTooMuch",
    title: "announces 1000 bytes, sends 10 and ends: UnexpectedEnd has both numbers, and the 10 bytes stay buffered",
    run: ({ socket }) => endsTooEarly(socket, 1000)
  },
  {
    peer: "announcesTheAbsurd",
    title: "announces 2^40 bytes, sends 10 and ends: UnexpectedEnd, and memory grows by less than 1 MiB",
    run: met =>
      Effect.gen(function* () {
        const before = yield* met.on.memory
        yield* endsTooEarly(met.socket, 2 ** 40)
        yield* memoryIsBounded(met, before, 1024 * 1024, "2^40 bytes that were announced")
      })
  },
  {
    peer: "announcesTooLittle",
    title: "sends more than it announced: we receive what was announced, and the rest stays for the next receive",
    run: ({ socket }) =>
      Effect.gen(function* () {
        sameBytes(yield* socket.recvExactly(yield* announced(socket)), streamed(0, 10), "what was announced")
        const { bytes, end } = yield* receiveAll(socket)
        sameBytes(bytes, streamed(10, 10), "the rest")
        equal(end, "the end", "after that")
      })
  },
  {
    peer: "sendsEscapes",
    title: "sends terminal escapes and bidi overrides: we receive them unchanged",
    run: ({ socket }) =>
      Effect.gen(function* () {
        const { bytes, end } = yield* receiveAll(socket)
        equal([textOf(bytes), end], [escapes, "the end"], "the text, and how it ended")
      })
  },
  {
    peer: "sendsInvalidUtf8",
    title:
      "sends invalid UTF-8: recvText returns the text before it, then DecodeError with its position, until it is replaced",
    run: ({ socket }) =>
      decodeFails(socket, { text: "fine ", problem: "invalid start byte", at: 5, rest: "\ufffd more" })
  },
  {
    peer: "sendsCutUtf8",
    title:
      "ends in the middle of a character: recvText returns the text before it, then DecodeError, until it is replaced",
    run: ({ socket }) => decodeFails(socket, { text: "cut ", problem: "unexpected end of data", at: 4, rest: "\ufffd" })
  },
  {
    peer: "greets",
    title: "greets and ends: we receive the greeting, then the end",
    run: ({ socket }) =>
      Effect.gen(function* () {
        const { bytes, end } = yield* receiveAll(socket)
        sameBytes(bytes, utf8(greeting), "the greeting")
        equal(end, "the end", "after that")
      })
  },
  {
    peer: "echoes",
    title: "echoes: we receive what we send, while we send it, then the end",
    run: ({ socket }) =>
      Effect.gen(function* () {
        const send = Effect.zipRight(socket.sendAll(echoed), socket.shutdownSend)
        const [{ bytes, end }] = yield* Effect.all([receiveAll(socket), send], { concurrency: 2 })
        sameBytes(bytes, echoed, "the echo")
        equal(end, "the end", "after that")
      })
  }
]
