import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { Search } from "../../../src/internal/receive/delimited.ts"

/** Words of two or three different letters, so that partial matches of the delimiter are frequent. */
const wordOf = (letters: string, most: number, least = 0) =>
  fc.array(fc.constantFrom(...letters), { minLength: least, maxLength: most }).map(word => word.join(""))

const searched = fc.constantFrom("ab", "abc").chain(letters =>
  fc.record({
    delimiter: wordOf(letters, 6, 1),
    text: wordOf(letters, 60),
    cuts: fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 8 })
  })
)

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The lengths of the text that have arrived, one after another. The last is the whole text. */
const growing = (text: string, cuts: ReadonlyArray<number>): ReadonlyArray<number> =>
  [...cuts.map(cut => Math.min(cut, text.length)), text.length].toSorted((a, b) => a - b)

/** The length of the longest proper prefix of the delimiter that the text ends with. */
const begun = (text: string, delimiter: string): number => {
  let length = Math.min(delimiter.length - 1, text.length)
  while (!text.endsWith(delimiter.slice(0, length))) length -= 1
  return length
}

/** A view that counts in `looks` how often each of its bytes is read. */
const counting = (view: Uint8Array, looks: Array<number>): Uint8Array => {
  const look = (at: number): number | undefined => {
    looks[at] = (looks[at] ?? 0) + 1
    return view[at]
  }
  const indexOf = (byte: number, from: number): number => {
    for (let at = from; at < view.length; at++) {
      if (look(at) === byte) return at
    }
    return -1
  }
  return new Proxy(view, {
    get: (_, key) => {
      if (key === "length") return view.length
      if (key === "indexOf") return indexOf
      if (typeof key === "string" && /^\d+$/.test(key)) return look(Number(key))
      throw new Error(`Search must not use ${String(key)} of a view`)
    }
  })
}

describe("Search", () => {
  it("finds the first delimiter as a naive search does, for pieces of any size", () =>
    fc.assert(
      fc.property(searched, ({ cuts, delimiter, text }) => {
        const search = new Search(bytesOf(delimiter))
        for (const length of growing(text, cuts)) {
          const here = text.slice(0, length)
          const at = search.find(bytesOf(here), 7)
          assert.strictEqual(at, here.indexOf(delimiter))
          if (at < 0) assert.strictEqual(search.matched, begun(here, delimiter))
        }
      }),
      { numRuns: 5000 }
    ))

  it("finds all delimiters, one after another, when each match is consumed", () =>
    fc.assert(
      fc.property(searched, ({ cuts, delimiter, text }) => {
        const search = new Search(bytesOf(delimiter))
        const found: Array<string> = []
        let offset = 0
        for (const length of growing(text, cuts)) {
          while (true) {
            const at = search.find(bytesOf(text.slice(offset, length)), offset)
            if (at < 0) break
            found.push(text.slice(offset, offset + at))
            offset += at + delimiter.length
          }
        }
        assert.deepStrictEqual([...found, text.slice(offset)], text.split(delimiter))
      }),
      { numRuns: 2000 }
    ))

  it("starts again when other receives have consumed searched bytes, and when a match was not taken", () =>
    fc.assert(
      fc.property(searched, fc.integer({ min: 1, max: 60 }), ({ cuts, delimiter, text }, consumed) => {
        const search = new Search(bytesOf(delimiter))
        for (const length of growing(text, cuts)) {
          search.find(bytesOf(text.slice(0, length)), 0)
          const again = search.find(bytesOf(text.slice(0, length)), 0)
          assert.strictEqual(again, text.slice(0, length).indexOf(delimiter))
        }
        const rest = text.slice(consumed)
        assert.strictEqual(search.find(bytesOf(rest), consumed), rest.indexOf(delimiter))
      }),
      { numRuns: 2000 }
    ))

  it("reads each byte up to the end of the delimiter once and no byte after it, for pieces of any size", () =>
    fc.assert(
      fc.property(searched, ({ cuts, delimiter, text }) => {
        const search = new Search(bytesOf(delimiter))
        const looks: Array<number> = []
        const at = text.indexOf(delimiter)
        for (const length of growing(text, cuts)) {
          if (search.find(counting(bytesOf(text.slice(0, length)), looks), 0) >= 0) break
        }
        const needed = at < 0 ? text.length : at + delimiter.length
        assert.deepStrictEqual(
          looks,
          Array.from({ length: needed }, () => 1)
        )
      }),
      { numRuns: 2000 }
    ))
})
