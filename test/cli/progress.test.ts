/** The line of `--progress`, and bytes as text for a terminal. */
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as progress from "../../src/cli/kit/progress.ts"
import { TerminalText } from "../../src/cli/kit/terminalText.ts"

describe("the line of --progress", () => {
  const start = { sent: 0, received: 0, millis: 0 }
  const now = { sent: 3 * 1024 ** 2, received: 512, millis: 6000 }

  it("has bytes, rate and time where the size is not known", () =>
    assert.strictEqual(progress.line(now, start, Option.none(), 80), "3.0 MiB sent, 512 B received, 512.1 KiB/s, 0:06"))

  it("has a bar and the time that is left where it is", () =>
    assert.strictEqual(
      progress.line(now, start, Option.some(12 * 1024 ** 2), 100),
      `[${"=".repeat(8)}>${" ".repeat(24)}]  25% 3.0 MiB sent, 512 B received, 512.1 KiB/s, 0:06, 0:18 left`
    ))

  it("takes the rate since the sample before", () =>
    assert.include(progress.line({ ...now, millis: 7000 }, now, Option.none(), 80), ", 0 B/s, 0:07"))

  it("is done when all is sent, and when more is sent than there was", () => {
    for (const size of [1024 ** 2, 3 * 1024 ** 2]) {
      assert.match(progress.line(now, start, Option.some(size), 100), /^\[=+\] 100% .*, 0:00 left$/)
    }
  })

  it("knows no time that is left while nothing goes", () =>
    assert.notInclude(progress.line(start, start, Option.some(1), 100), "left"))

  it("fits the terminal, whatever its width", () => {
    for (const columns of [1, 20, 60, 80, 200]) {
      assert.isBelow(progress.line(now, start, Option.some(12 * 1024 ** 2), columns).length, columns)
    }
  })

  it("counts hours", () => assert.strictEqual(progress.clock(3_725_000), "1:02:05"))
})

describe("bytes as text for a terminal", () => {
  const shown = (...pieces: ReadonlyArray<Uint8Array>) => {
    const text = new TerminalText()
    return [...pieces.map(piece => text.push(piece)), text.end()]
  }
  const bytes = (text: string) => Buffer.from(text, "latin1")

  it("characters that were cut are whole, and what is none is shown", () =>
    assert.deepStrictEqual(shown(bytes("a\xc3"), bytes("\xa9\xff"), bytes("\xe2\x82")), ["a", "é\ufffd", "", "\ufffd"]))

  it("\\r\\n is the end of a line, also in two pieces; \\r alone is escaped", () =>
    assert.deepStrictEqual(shown(bytes("a\r\nb\r"), bytes("\nc\rd\r")), ["a\nb", "\nc\\x0dd", "\\x0d"]))

  it("a mark at the beginning is not swallowed", () =>
    assert.deepStrictEqual(shown(bytes("\xef\xbb\xbfa")), ["\ufeffa", ""]))
})
