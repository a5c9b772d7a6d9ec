/** What a terminal is given of a peer's text. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import * as escape from "../../src/cli/kit/escape.ts"

describe("text", () => {
  const cases: ReadonlyArray<readonly [title: string, given: string, expected: string]> = [
    ["plain text passes", "a é € 😀 \\x1b", "a é € 😀 \\x1b"],
    ["newline and tab pass", "a\tb\nc", "a\tb\nc"],
    ["carriage return, which overwrites a line", "a\rb", "a\\x0db"],
    ["the escape character", "\x1b[31m", "\\x1b[31m"],
    ["NUL, bell, backspace, DEL", "\0\x07\b\x7f", "\\x00\\x07\\x08\\x7f"],
    ["C1, which begins sequences without the escape character", "\x80\x9b31m\x9f", "\\x80\\x9b31m\\x9f"],
    ["bidi overrides and embeddings", "\u202a\u202b\u202c\u202d\u202e", "\\u202a\\u202b\\u202c\\u202d\\u202e"],
    ["bidi isolates", "\u2066\u2067\u2068\u2069", "\\u2066\\u2067\\u2068\\u2069"],
    ["bidi marks", "\u200e\u200f\u061c", "\\u200e\\u200f\\u061c"],
    ["their neighbours pass", " \u00a0~\u200d\u2029\u2065\u206a", " \u00a0~\u200d\u2029\u2065\u206a"]
  ]
  it.each(cases)("%s", (_title, given, expected) => {
    assert.strictEqual(escape.text(given), expected)
  })

  it("whatever is given, no control character but newline and tab is left", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), given => {
        assert.notMatch(escape.text(given), /[^\P{Cc}\n\t]/u)
        assert.notMatch(escape.line(given), /\p{Cc}/u)
      })
    )
  })
})

it("a message is one line", () => {
  assert.strictEqual(escape.line("a\nb\tc\r\x1b"), "a\\x0ab\\x09c\\x0d\\x1b")
})

it("styles can be taken out of text of our own", () => {
  assert.strictEqual(escape.unstyled("\x1b[1mbold\x1b[0m\n\x1b[38;5;1mred"), "bold\nred")
})
