import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { utf8 } from "../../../src/internal/conformance/kit/bytes.ts"
import { feed, makeFed } from "../receive/fed.ts"

it.effect("if bufsize is smaller than the next character, recvText returns that character alone", () =>
  Effect.gen(function* () {
    for (const character of ["\u00e9", "\u20ac", "\u{1f600}"]) {
      for (let bufsize = 1; bufsize <= utf8(character).length; bufsize++) {
        const { buffer, socket } = makeFed()
        feed(buffer, utf8(`${character}abc`))
        assert.deepStrictEqual(yield* socket.recvText(bufsize), Option.some(character))
        assert.deepStrictEqual(yield* socket.recvText(2), Option.some("ab"))
      }
    }
  })
)
