/**
 * Chapter: delimiters and lines.
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

/** How a text is cut into lines. What comes after the last end of a line is none. */
const ends = { any: /\r?\n/, lf: "\n", crlf: "\r\n" } as const

/** Empty lines, every end of a line, what looks like one, and a character of three bytes. */
const severalLines = "a\nb€\r\n\r\n\nc\rd\r\r\n\n\r\n"

/** Delimiters that overlap themselves, that are cut short before they come, and that are not of ASCII. */
const delimited: ReadonlyArray<readonly [delimiter: string, text: string]> = [
  ["abab", "abaabababab"],
  ["aab", "aaaabaabab"],
  ["aaa", "aaaaaaaa"],
  ["\r\n", "a\r\r\n\n\r\nb"],
  ["€", "₫€a€₠"],
  ["b", "abbab"]
]

/** Two borders, wherever they fall. */
const inThree = (bytes: Uint8Array): ReadonlyArray<ReadonlyArray<Uint8Array>> =>
  everySplit(bytes).flatMap(([first, rest]) => everySplit(rest).map(([second, third]) => [first, second, third]))

const whole = (pieces: ReadonlyArray<Uint8Array>): string => `in pieces of ${pieces.map(({ length }) => length)}`

export const delimiters: Chapter = {
  title: "delimiters and lines",
  properties: [
    ...(["any", "lf", "crlf"] as const).map(terminator => ({
      title: `recvLine with terminator ${terminator} gives the same lines wherever a border falls, between any two bytes of them`,
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
              equal((yield* b.stats).bytesBuffered, 0, `what is left, ${whole(pieces)}`)
            }
          })
        )
    })),
    {
      title: "a character of a line that comes in two parts is whole, split at whatever byte",
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
      title: "a line that is no text is a DecodeError with its place in the stream, and stays for another encoding",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          yield* a.sendAll([utf8("€\nok"), Uint8Array.of(0xe9), utf8("t\r\n\u00ff\n")])
          equal(yield* b.recvLine(), Option.some("€"), "the line before it")
          for (const _ of [1, 2]) {
            const error = yield* fails(b.recvLine(), "DecodeError", "invalid continuation byte", "recvLine")
            equal("streamOffset" in error ? error.streamOffset : -1, 6, "the place in the stream")
          }
          yield* fails(b.recvLine({ encoding: "ascii" }), "DecodeError", "ordinal not in range(128)", "ascii")
          equal(yield* b.recvLine({ encoding: "latin1" }), Option.some("okét"), "in latin1")
          equal(yield* b.recvLine(), Option.some("ÿ"), "the line after it")
        })
    },
    {
      title:
        "recvUntil finds a delimiter wherever it is split, also one that overlaps itself, and what comes after it stays",
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
                equal((yield* b.stats).bytesBuffered, rest.length, `how many bytes stay, ${what}`)
                equal(yield* b.recvExactly(rest.length), rest, `what stays, ${what}`)
              }
            }
          })
        )
    },
    {
      title: "recvUntil gives the delimiter too where it is to be kept, and nothing where two of them meet",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          yield* a.sendAll(utf8("a--b----"))
          equal(yield* b.recvUntil("--", { keepDelimiter: true }), utf8("a--"), "kept")
          equal(yield* b.recvUntil(utf8("--"), { keepDelimiter: false }), utf8("b"), "not kept")
          equal(yield* b.recvUntil("--"), utf8(""), "between two of them")
        })
    },
    {
      title: "messages of whatever length come out as they went in, in whatever pieces they travel",
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
          equal((yield* b.stats).bytesBuffered, 0, "what is left")
        })
    },
    {
      title: "an empty delimiter, or one that is no text, fails with InvalidDelimiter, and changes nothing",
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
          equal(yield* b.recvUntil("c"), utf8("\ufffdab"), "afterwards")
        })
    },
    {
      title:
        "a delimiter may be written to as soon as recvUntil was called, also where its class makes views for copies",
      run: on =>
        Effect.gen(function* () {
          const { a, b } = yield* pair(on)
          for (const delimiter of [utf8("\r\n"), Viewing.from(utf8("\r\n"))]) {
            const receiving = b.recvUntil(delimiter)
            delimiter.fill(0x61)
            const waiting = yield* forkParked(on, receiving)
            yield* sendApart(on, a, b, [utf8("aa\r"), utf8("\naa")])
            equal(yield* Fiber.join(waiting), utf8("aa"), "what came before it")
            equal(yield* b.recvExactly(2), utf8("aa"), "what came after it")
          }
        })
    },
    {
      title:
        "one receive may be run again and again, also where it was interrupted, has failed, or others received in between",
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
          yield* gives("xabb", "after two interruptions: what stands before the delimiter")
          yield* interrupted("")
          equal(yield* b.recvExactly(1), utf8("y"), "what another takes of what it had seen")
          yield* sendApart(on, a, b, [utf8("bab")])
          yield* gives("", "where the rest of what it had seen begins the delimiter")
          yield* a.sendAll(utf8("123456789"))
          yield* arrived(on, b, 11)
          for (const _ of [1, 2]) yield* fails(next, "LimitExceeded", [], "more than 8 bytes")
          equal(yield* b.recvExactly(4), utf8("ab12"), "what another takes of what was too much")
          yield* a.sendAll(utf8("abab"))
          yield* gives("3456789", "the rest, which is not too much")
        })
    }
  ]
}
