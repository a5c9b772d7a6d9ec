/** The lists of the contract contain every receive function of a Socket. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { receivers } from "../../src/internal/conformance/kit/receivers.ts"
import { takers } from "../../src/internal/conformance/kit/takers.ts"
import { makeFed } from "../internal/receive/fed.ts"

/** `lines` returns a Stream and is in the chapter about streams. `recvAll` takes everything and has its own properties. */
const apart = ["lines", "recvAll"]

it.live("receivers and takers contain every receive function of a Socket", () =>
  Effect.sync(() => {
    const { socket } = makeFed()
    const methods = new Set<string>()
    for (let of = socket as object; of !== Object.prototype; of = Object.getPrototypeOf(of)) {
      for (const name of Object.getOwnPropertyNames(of)) {
        if (/^(recv|peek|discard|lines)/.test(name)) methods.add(name)
      }
    }
    assert.isAbove(methods.size, 8)
    const named = [...receivers.map(({ name }) => name), "lines"]
    assert.deepStrictEqual([...methods].sort(), named.sort())
    for (const name of methods) {
      if (!apart.includes(name))
        assert.isTrue(
          Object.keys(takers).some(key => key.includes(name)),
          name
        )
    }
  })
)
