/** How text and messages are written. */
import * as stream from "node:stream"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as output from "../../src/cli/kit/output.ts"
import { kept } from "./inProcess.ts"

const on = (isTTY: boolean, environment?: output.Environment) => {
  const stdout = kept(isTTY)
  const stderr = kept(isTTY)
  return { output: output.make(stdout.stream, stderr.stream, environment), stdout: stdout.text, stderr: stderr.text }
}

describe("output", () => {
  it.live("text is escaped only on a terminal, and messages are always escaped", () =>
    Effect.gen(function* () {
      for (const [isTTY, printed] of [
        [true, "a\\x1b\n"],
        [false, "a\x1b\n"]
      ] as const) {
        const { output, stderr, stdout } = on(isTTY)
        yield* output.print("a\x1b\n")
        yield* output.note("b\x1b\nc")
        assert.deepStrictEqual([stdout(), stderr()], [printed, "b\\x1b\\x0ac\n"])
      }
    })
  )

  it.live("our own text is styled only on a terminal, and never with NO_COLOR or TERM=dumb", () =>
    Effect.gen(function* () {
      const styled = "\x1b[1mUsage:\x1b[0m"
      const cases: ReadonlyArray<readonly [isTTY: boolean, environment: output.Environment, printed: string]> = [
        [true, {}, styled],
        [true, { NO_COLOR: "", TERM: "xterm" }, styled],
        [true, { NO_COLOR: "1", TERM: "xterm" }, "Usage:"],
        [true, { TERM: "dumb" }, "Usage:"],
        [false, {}, "Usage:"]
      ]
      for (const [isTTY, environment, printed] of cases) {
        const { output, stdout } = on(isTTY, environment)
        yield* output.printStyled(styled)
        assert.strictEqual(stdout(), printed)
      }
    })
  )

  it("the width for text is the width of the terminal, at most 80 columns", () => {
    const width = (isTTY: boolean, columns?: number) =>
      output.make({ ...kept(isTTY).stream, columns }, kept(isTTY).stream).width()
    assert.deepStrictEqual([width(true, 40), width(true, 200), width(true, 0), width(true)], [40, 80, 80, 80])
    assert.strictEqual(width(false, 40), 80)
  })

  it.live("a write waits until the stream has written, and can be interrupted", () =>
    Effect.gen(function* () {
      let take = () => {}
      const slow = new stream.Writable({
        write: (_chunk, _encoding, done) => {
          take = done
        }
      })
      const { print } = output.make(slow, slow)
      const first = yield* Effect.fork(print("a"))
      yield* Effect.yieldNow()
      assert.isTrue(Option.isNone(yield* Fiber.poll(first)))
      take()
      yield* Fiber.join(first)
      const second = yield* Effect.fork(print("b"))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(second)
    })
  )

  for (const [code, reason] of [
    ["EPIPE", "Closed"],
    ["ENOSPC", "Failed"]
  ] as const) {
    it.live(`${code} fails with an OutputError of reason ${reason}`, () =>
      Effect.gen(function* () {
        const broken = new stream.Writable({
          write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code }))
        })
        const { note, print } = output.make(broken, broken)
        const error = yield* Effect.flip(print("a"))
        assert.deepStrictEqual([error.reason, error.code], [reason, code])
        yield* note("no reader")
      })
    )
  }
})
