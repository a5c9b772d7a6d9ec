/** How text of a peer is escaped for a terminal. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import * as escape from "../../src/cli/kit/escape.ts"

describe("text", () => {
  const cases: ReadonlyArray<readonly [title: string, given: string, expected: string]> = [
    ["plain text is kept", "a é € 😀 \\x1b", "a é € 😀 \\x1b"],
    ["newline and tab are kept", "a\tb\nc", "a\tb\nc"],
    ["a carriage return, which would overwrite the line, is escaped", "a\rb", "a\\x0db"],
    ["the escape character is escaped", "\x1b[31m", "\\x1b[31m"],
    ["NUL, bell, backspace and DEL are escaped", "\0\x07\b\x7f", "\\x00\\x07\\x08\\x7f"],
    ["C1, which starts sequences without the escape character, is escaped", "\x80\x9b31m\x9f", "\\x80\\x9b31m\\x9f"],
    [
      "bidi overrides and embeddings are escaped",
      "\u202a\u202b\u202c\u202d\u202e",
      "\\u202a\\u202b\\u202c\\u202d\\u202e"
    ],
    ["bidi isolates are escaped", "\u2066\u2067\u2068\u2069", "\\u2066\\u2067\\u2068\\u2069"],
    ["bidi marks are escaped", "\u200e\u200f\u061c", "\\u200e\\u200f\\u061c"],
    ["line and paragraph separators are escaped", "a\u2028b\u2029", "a\\u2028b\\u2029"],
    [
      "the characters next to them are kept",
      " \u00a0~\u200d\u2027\u202f\u2065\u206a",
      " \u00a0~\u200d\u2027\u202f\u2065\u206a"
    ]
  ]
  it.each(cases)("%s", (_title, given, expected) => {
    assert.strictEqual(escape.text(given), expected)
  })

  it("no text has a control character left except newline and tab", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), given => {
        assert.notMatch(escape.text(given), /[^\P{Cc}\n\t]/u)
        assert.notMatch(escape.line(given), /\p{Cc}/u)
      })
    )
  })
})

it("a message is always one line", () => {
  assert.strictEqual(escape.line("a\nb\tc\r\x1b"), "a\\x0ab\\x09c\\x0d\\x1b")
})

it("styles can be removed from our own text", () => {
  assert.strictEqual(escape.unstyled("\x1b[1mbold\x1b[0m\n\x1b[38;5;1mred"), "bold\nred")
})
