import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { ReceiveBuffer } from "../../../src/internal/receive/buffer.ts"
import { type LineOptions, recvLine } from "../../../src/internal/stream/receives.ts"
import { lines } from "../../../src/internal/stream/streams.ts"
import type { Connection } from "../../../src/internal/stream/transport.ts"
import { ends, idle } from "./idle.ts"

const makeTransport = () => {
  const buffer = new ReceiveBuffer(idle)
  const transport = {
    ...ends,
    recv: (bufsize: number) => buffer.recv(bufsize),
    recvWith: step => buffer.recvWith(step)
  } as Connection
  return { buffer, transport }
}

/**
 * The pieces that arrive and how the stream ends. If `together` is true for a piece, the reader does not run before the
 * next piece.
 */
interface Arrival {
  readonly pieces: ReadonlyArray<Uint8Array>
  readonly together: ReadonlyArray<boolean>
  readonly end: "end" | "reset"
}

/** Runs the reader. Returns the lines that it got, how it ended, and the bytes that stay in the socket. */
const outcomeOf = (
  { end, pieces, together }: Arrival,
  read: (transport: Connection, keep: (line: string) => void) => Effect.Effect<void, unknown>
) =>
  Effect.gen(function* () {
    const { buffer, transport } = makeTransport()
    const given: Array<string> = []
    const reading = yield* Effect.fork(Effect.exit(read(transport, line => given.push(line))))
    for (const [i, piece] of pieces.entries()) {
      buffer.push(piece.slice())
      if (together[i] !== true) yield* Effect.repeatN(Effect.yieldNow(), 5)
    }
    if (end === "end") buffer.end()
    else buffer.fail(idle.recvError("Reset"))
    const exit = yield* reading
    const left = yield* buffer.recv(1_000_000).pipe(Effect.option, Effect.map(Option.flatten))
    // The error names the operation that was called.
    const ended = JSON.stringify(exit).replaceAll("recvLine", "lines")
    return { given, ended, left: Option.map(left, bytes => [...bytes]), consumed: buffer.received - buffer.size }
  })

const byLoop = (options: LineOptions) => (transport: Connection, keep: (line: string) => void) =>
  Effect.gen(function* () {
    for (
      let line = yield* recvLine(transport, options);
      Option.isSome(line);
      line = yield* recvLine(transport, options)
    )
      keep(line.value)
  })

const byStream = (options: LineOptions) => (transport: Connection, keep: (line: string) => void) =>
  Stream.runForEach(lines(transport, options), line => Effect.sync(() => keep(line)))

/** Pieces of lines and line breaks. */
const piece = fc
  .oneof(
    { weight: 4, arbitrary: fc.constantFrom("\n", "\r\n") },
    fc.constantFrom("\r", "\r\r\n", "\n\r", "\u2028", "\ufeff", "\ufffd", "\0", "é", "€", "😀", ""),
    { weight: 3, arbitrary: fc.string({ maxLength: 8 }) }
  )
  .map(text => new TextEncoder().encode(text))

const invalid = fc
  .constantFrom([0xff], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0x80], [0xed, 0xa0, 0x80], [0xc0, 0x8a])
  .map(bytes => Uint8Array.from(bytes))

const bytes = fc
  .tuple(fc.array(piece, { maxLength: 40 }), fc.array(fc.tuple(fc.nat(), invalid), { maxLength: 1 }))
  .map(([pieces, faults]) => {
    const all = [...pieces]
    for (const [at, fault] of faults) all.splice(at % (all.length + 1), 0, fault)
    return Buffer.concat(all)
  })

const arrival = fc
  .record({
    bytes: fc.oneof({ weight: 5, arbitrary: bytes }, fc.uint8Array({ maxLength: 60 })),
    cuts: fc.array(fc.nat(200), { maxLength: 8 }),
    together: fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
    end: fc.constantFrom("end" as const, "reset" as const)
  })
  .map(({ bytes, cuts, end, together }): Arrival => {
    const places = [0, ...cuts.map(cut => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
    return { pieces: places.slice(1).map((to, i) => bytes.subarray(places[i], to)), together, end }
  })

const options = fc.record<LineOptions>({
  limit: fc.constantFrom(undefined, 0, 1, 2, 3, 4, 6, 10, 20, 2.5, Number.POSITIVE_INFINITY),
  encoding: fc.constantFrom(undefined, "utf-8", "ascii", "latin1"),
  terminator: fc.constantFrom(undefined, "any", "lf", "crlf")
})

describe("lines", () => {
  it("emits the lines of a loop of recvLine, ends and fails in the same way, and leaves the same bytes", () =>
    fc.assert(
      fc.asyncProperty(arrival, options, async (arrival, options) => {
        const loop = await Effect.runPromise(outcomeOf(arrival, byLoop(options)))
        const stream = await Effect.runPromise(outcomeOf(arrival, byStream(options)))
        assert.deepStrictEqual(stream, loop)
      }),
      { numRuns: Number(process.env["RUNS"] ?? 1000) }
    ))
})
