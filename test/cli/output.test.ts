/** Where text and messages go. */
import * as stream from "node:stream"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as output from "../../src/cli/kit/output.ts"
import { kept } from "./inProcess.ts"

const on = (isTTY: boolean) => {
  const stdout = kept(isTTY)
  const stderr = kept(isTTY)
  return { output: output.make(stdout.stream, stderr.stream), stdout: stdout.text, stderr: stderr.text }
}

describe("output", () => {
  it.live("text is escaped on a terminal only, messages always", () =>
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

  it.live("styles of our own are for a terminal only", () =>
    Effect.gen(function* () {
      for (const [isTTY, printed] of [
        [true, "\x1b[1mUSAGE\x1b[0m"],
        [false, "USAGE"]
      ] as const) {
        const { output, stdout } = on(isTTY)
        yield* output.printStyled("\x1b[1mUSAGE\x1b[0m")
        assert.strictEqual(stdout(), printed)
      }
    })
  )

  it.live("a write waits until it is taken, and can be interrupted", () =>
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
    it.live(`${code} is an OutputError, ${reason}`, () =>
      Effect.gen(function* () {
        const broken = new stream.Writable({
          write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code }))
        })
        const { note, print } = output.make(broken, broken)
        const error = yield* Effect.flip(print("a"))
        assert.deepStrictEqual([error.reason, error.code], [reason, code])
        yield* note("nowhere to say it")
      })
    )
  }
})
