/**
 * Conformance properties about `recvUntil` and `recvLine`: how they find a delimiter or the end of a line.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import {
  arrived,
  type Chapter,
  characters,
  cut,
  eitherWay,
  equal,
  everySplit,
  fails,
  forkParked,
  pair,
  Random,
  sameBytes,
  sendApart,
  soon,
  type TransportUnderTest,
  textOf,
  utf8,
  Viewing
} from "../kit/index.ts"

/**
 * The separator at which a test splits a text into the lines that `recvLine` should return, for each `terminator`. Text
 * after the last separator is not a line.
 */
const ends = { any: /\r?\n/, lf: "\n", crlf: "\r\n" } as const

/** A text with empty lines, every terminator, a `\r` that ends no line, and a character of three bytes. */
const severalLines = "a\nb€\r\n\r\n\nc\rd\r\r\n\n\r\n"

/**
 * Delimiters, each with a text to search. Some delimiters overlap themselves. Some appear in part before they appear
 * whole. One is not ASCII, and one is a single byte.
 */
const delimited: ReadonlyArray<readonly [delimiter: string, text: string]> = [
  ["abab", "abaabababab"],
  ["aab", "aaaabaabab"],
  ["aaa", "aaaaaaaa"],
  ["\r\n", "a\r\r\n\n\r\nb"],
  ["€", "₫€a€₠"],
  ["b", "abbab"]
]

/** Returns every way to split the bytes into three pieces. */
const inThree = (bytes: Uint8Array): ReadonlyArray<ReadonlyArray<Uint8Array>> =>
  everySplit(bytes).flatMap(([first, rest]) => everySplit(rest).map(([second, third]) => [first, second, third]))

const whole = (pieces: ReadonlyArray<Uint8Array>): string => `in pieces of ${pieces.map(({ length }) => length)}`

export const delimiters: Chapter = {
  title: "delimiters and lines",
  properties: [
    ...(["any", "lf", "crlf"] as const).map(terminator => ({
      title: `recvLine with terminator ${terminator} returns the same lines, wherever the bytes are split`,
      run: (on: TransportUnderTest) =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            const lines = severalLines.split(ends[terminator]).slice(0, -1)
            const bytes = utf8(severalLines)
            const oneByOne = Array.from(bytes, byte => Uint8Array.of(byte))
            for (const pieces of [...everySplit(bytes), oneByOne]) {
              const receiving = yield* forkParked(
                on,
                Effect.forEach(lines, () => b.recvLine({ terminator }))
              )
              yield* sendApart(on, a, b, pieces)
              equal(yield* soon(Fiber.join(receiving), whole(pieces)), lines.map(Option.some), whole(pieces))
              equal((yield* b.stats).bytesBuffered, 0, `bytesBuffered, ${whole(pieces)}`)
            }
          })
        )
    })),
    {
      title: "recvLine returns a character whole, wherever its bytes are split",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          for (const character of characters) {
            for (const pieces of everySplit(utf8(`${character}\n`))) {
              const receiving = yield* forkParked(on, b.recvLine())
              yield* sendApart(on, a, b, pieces)
              equal(yield* soon(Fiber.join(receiving), whole(pieces)), Option.some(character), whole(pieces))
            }
          }
        })
    },
    {
      title:
        "recvLine of a line with an invalid byte fails with DecodeError (streamOffset); the line can be received in another encoding",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          yield* a.sendAll([utf8("€\nok"), Uint8Array.of(0xe9), utf8("t\r\n\u00ff\n")])
          equal(yield* b.recvLine(), Option.some("€"), "the line before the invalid one")
          for (const _ of [1, 2]) {
            const error = yield* fails(b.recvLine(), "DecodeError", "invalid continuation byte", "recvLine")
            equal("streamOffset" in error ? error.streamOffset : -1, 6, "streamOffset")
          }
          yield* fails(
            b.recvLine({ encoding: "ascii" }),
            "DecodeError",
            "ordinal not in range(128)",
            "recvLine in ascii"
          )
          equal(yield* b.recvLine({ encoding: "latin1" }), Option.some("okét"), "the invalid line in latin1")
          equal(yield* b.recvLine(), Option.some("ÿ"), "the line after the invalid one")
        })
    },
    {
      title:
        "recvUntil finds a delimiter wherever it is split, even one that overlaps itself, and leaves the bytes after it",
      run: on =>
        eitherWay(on, (a, b) =>
          Effect.gen(function* () {
            for (const [delimiter, text] of delimited) {
              const messages = text.split(delimiter)
              const rest = utf8(messages.pop() ?? "")
              for (const pieces of inThree(utf8(text))) {
                const what = `up to ${JSON.stringify(delimiter)}, ${whole(pieces)}`
                const receiving = yield* forkParked(
                  on,
                  Effect.forEach(messages, () => b.recvUntil(delimiter))
                )
                yield* sendApart(on, a, b, pieces)
                equal(yield* soon(Fiber.join(receiving), what), messages.map(utf8), what)
                equal((yield* b.stats).bytesBuffered, rest.length, `bytesBuffered, ${what}`)
                equal(yield* b.recvExactly(rest.length), rest, `the bytes after the last delimiter, ${what}`)
              }
            }
          })
        )
    },
    {
      title:
        "recvUntil includes the delimiter with keepDelimiter, and returns no bytes between two adjacent delimiters",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          yield* a.sendAll(utf8("a--b----"))
          equal(yield* b.recvUntil("--", { keepDelimiter: true }), utf8("a--"), "with keepDelimiter")
          equal(yield* b.recvUntil(utf8("--"), { keepDelimiter: false }), utf8("b"), "without keepDelimiter")
          equal(yield* b.recvUntil("--"), utf8(""), "between two adjacent delimiters")
        })
    },
    {
      title: "recvLine and recvUntil return messages unchanged, for pieces of any size",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on, { highWaterMark: 512 })
          const random = new Random(44)
          const lines = Array.from({ length: 150 }, () => random.text(random.int(0, 3) === 0 ? 15_000 : 100))
          const sent = utf8(lines.map(line => `${line}\r\n`).join(""))
          yield* Effect.fork(Effect.forEach(cut(sent, random, 9000), piece => a.sendAll(piece), { discard: true }))
          for (const [n, line] of lines.entries()) {
            const got =
              n % 2 === 0 ? utf8(Option.getOrThrow(yield* b.recvLine())) : yield* b.recvUntil("\r\n", { limit: 65_536 })
            sameBytes(got, utf8(line), `line ${n}`)
          }
          equal((yield* b.stats).bytesBuffered, 0, "bytesBuffered")
        })
    },
    {
      title: "an empty delimiter, or one with an unpaired surrogate, fails with InvalidDelimiter and consumes nothing",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          yield* a.sendAll(utf8("\ufffdabc"))
          for (const delimiter of ["", new Uint8Array(0), "\ud800", "a\udc00"]) {
            yield* fails(
              b.recvUntil(delimiter),
              "RecvError",
              "InvalidDelimiter",
              `recvUntil(${JSON.stringify(delimiter)})`
            )
          }
          equal(yield* b.recvUntil("c"), utf8("\ufffdab"), "the next recvUntil")
        })
    },
    {
      title:
        "the caller may overwrite a delimiter as soon as recvUntil has been called, even a Buffer, whose slice is a view",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          for (const delimiter of [utf8("\r\n"), Viewing.from(utf8("\r\n"))]) {
            const receiving = b.recvUntil(delimiter)
            delimiter.fill(0x61)
            const waiting = yield* forkParked(on, receiving)
            yield* sendApart(on, a, b, [utf8("aa\r"), utf8("\naa")])
            equal(yield* Fiber.join(waiting), utf8("aa"), "the bytes before the delimiter")
            equal(yield* b.recvExactly(2), utf8("aa"), "the bytes after the delimiter")
          }
        })
    },
    {
      title: "one recvUntil effect may run repeatedly, even after an interruption, a failure or another receive",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          const next = b.recvUntil("abab", { limit: 8 })
          const interrupted = (sent: string) =>
            Effect.gen(function* () {
              const waiting = yield* forkParked(on, next)
              yield* sendApart(on, a, b, [utf8(sent)])
              yield* Fiber.interrupt(waiting)
            })
          const gives = (text: string, what: string) =>
            Effect.map(soon(next, what), got => equal(textOf(got), text, what))
          yield* interrupted("xab")
          yield* interrupted("bab")
          yield* a.sendAll(utf8("abyaba"))
          yield* gives("xabb", "after two interruptions, the bytes before the delimiter")
          yield* interrupted("")
          equal(yield* b.recvExactly(1), utf8("y"), "a byte that recvUntil has searched, taken by another receive")
          yield* sendApart(on, a, b, [utf8("bab")])
          yield* gives("", "when the searched bytes that remain begin with the delimiter")
          yield* a.sendAll(utf8("123456789"))
          yield* arrived(on, b, 11)
          for (const _ of [1, 2]) yield* fails(next, "LimitExceeded", [], "more than 8 bytes")
          equal(yield* b.recvExactly(4), utf8("ab12"), "bytes that exceeded the limit, taken by another receive")
          yield* a.sendAll(utf8("abab"))
          yield* gives("3456789", "the rest, which fits the limit")
        })
    }
  ]
}
