/** The line of `--progress`, and how bytes become text for a terminal. */
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as progress from "../../src/cli/kit/progress.ts"
import { TerminalText } from "../../src/cli/kit/terminalText.ts"

describe("the line of --progress", () => {
  const start = { sent: 0, received: 0, millis: 0 }
  const now = { sent: 3 * 1024 ** 2, received: 512, millis: 6000 }

  it("has bytes, rate and time if the size is unknown", () =>
    assert.strictEqual(progress.line(now, start, Option.none(), 80), "3.0 MiB sent, 512 B received, 512.1 KiB/s, 0:06"))

  it("also has a bar and the time left if the size is known", () =>
    assert.strictEqual(
      progress.line(now, start, Option.some(12 * 1024 ** 2), 100),
      `[${"=".repeat(8)}>${" ".repeat(24)}]  25% 3.0 MiB sent, 512 B received, 512.1 KiB/s, 0:06, 0:18 left`
    ))

  it("has the rate since the sample before", () =>
    assert.include(progress.line({ ...now, millis: 7000 }, now, Option.none(), 80), ", 0 B/s, 0:07"))

  it("is at 100% when all is sent, and when more is sent than the size", () => {
    for (const size of [1024 ** 2, 3 * 1024 ** 2]) {
      assert.match(progress.line(now, start, Option.some(size), 100), /^\[=+\] 100% .*, 0:00 left$/)
    }
  })

  it("has no time left while nothing is sent", () =>
    assert.notInclude(progress.line(start, start, Option.some(1), 100), "left"))

  it("fits a terminal of any width", () => {
    for (const columns of [1, 20, 60, 80, 200]) {
      assert.isBelow(progress.line(now, start, Option.some(12 * 1024 ** 2), columns).length, columns)
    }
  })

  it("has hours", () => assert.strictEqual(progress.clock(3_725_000), "1:02:05"))
})

describe("bytes as text for a terminal", () => {
  const shown = (...pieces: ReadonlyArray<Uint8Array>) => {
    const text = new TerminalText()
    return [...pieces.map(piece => text.push(piece)), text.end()]
  }
  const bytes = (text: string) => Buffer.from(text, "latin1")

  it("joins characters that arrive in pieces, and shows invalid bytes", () =>
    assert.deepStrictEqual(shown(bytes("a\xc3"), bytes("\xa9\xff"), bytes("\xe2\x82")), ["a", "é\ufffd", "", "\ufffd"]))

  it("turns \\r\\n into a newline, also in two pieces, and escapes a lone \\r", () =>
    assert.deepStrictEqual(shown(bytes("a\r\nb\r"), bytes("\nc\rd\r")), ["a\nb", "\nc\\x0dd", "\\x0d"]))

  it("keeps a byte order mark at the start", () =>
    assert.deepStrictEqual(shown(bytes("\xef\xbb\xbfa")), ["\ufeffa", ""]))
})
