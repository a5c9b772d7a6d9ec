/** A sample of each kind of framing, with values that it can encode. */

import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as Framing from "../../../src/Framing.ts"
import { concat, utf8 } from "../../../src/internal/conformance/kit/bytes.ts"
import * as SocketSchema from "../../../src/SocketSchema.ts"

/** A framing with its types erased, values that it can encode, and a function that encodes one of them. */
export interface Sample {
  readonly framing: Framing.Framing<unknown, unknown>
  readonly values: fc.Arbitrary<unknown>
  readonly wireOf: (value: unknown) => Uint8Array
}

const sample = <A, E, X>(framing: Framing.Framing<A, E, X>, values: fc.Arbitrary<A>): Sample => ({
  framing: framing as unknown as Framing.Framing<unknown, unknown>,
  values: values.filter(value => Either.isRight(framing.encode(value))),
  wireOf: value => {
    const wire = Either.getOrThrow(framing.encode(value as A))
    return wire instanceof Uint8Array ? wire : concat(wire)
  }
})

export const bytes = fc.oneof(
  { arbitrary: fc.uint8Array({ maxLength: 20 }), weight: 9 },
  { arbitrary: fc.uint8Array({ minLength: 100, maxLength: 300 }), weight: 1 }
)

/** Texts that consist of the characters of the delimiters, so that they contain many partial delimiters. */
export const nearDelimiters = fc.string({ unit: fc.constantFrom("\r", "\n", "-", "a", "b"), maxLength: 16 })

const bytesNearDelimiters = nearDelimiters.map(utf8)

export const text = fc.string({ unit: "binary", maxLength: 12 })

const nearLines = fc.string({ unit: fc.constantFrom("a", "€", "\u{1f600}", "\r", "\n"), maxLength: 8 })

const json = fc.jsonValue({ maxDepth: 2 }).map(value => JSON.parse(JSON.stringify(value)))

const Person = Schema.Struct({ name: Schema.String, born: Schema.DateFromNumber, id: Schema.NumberFromString })

const people = fc
  .record({ name: text, born: fc.integer(), id: fc.integer() })
  .map(({ born, ...rest }) => ({ ...rest, born: new Date(born) }))

/** Texts with a length prefix. */
const counted = Framing.transformOrFail(Framing.lengthPrefixed({ size: 2 }), {
  decode: (content: Uint8Array) => Either.right(new TextDecoder("utf-8", { ignoreBOM: true }).decode(content)),
  encode: (value: string) => Either.right(new TextEncoder().encode(value))
})

export const samples: Readonly<Record<string, Sample>> = {
  "1 byte": sample(Framing.lengthPrefixed({ size: 1 }), bytes),
  "2 bytes": sample(Framing.lengthPrefixed({ size: 2 }), bytes),
  "2 bytes, little": sample(Framing.lengthPrefixed({ size: 2, endianness: "little" }), bytes),
  "4 bytes": sample(Framing.lengthPrefixed({ size: 4 }), bytes),
  "4 bytes, little": sample(Framing.lengthPrefixed({ size: 4, endianness: "little" }), bytes),
  "8 bytes": sample(Framing.lengthPrefixed({ size: 8 }), bytes),
  "8 bytes, little": sample(Framing.lengthPrefixed({ size: 8, endianness: "little" }), bytes),
  varint: sample(Framing.lengthPrefixed({ size: "varint" }), bytes),
  "by a byte": sample(Framing.delimited("\n"), bytesNearDelimiters),
  "by two": sample(Framing.delimited("\r\n"), bytesNearDelimiters),
  "by many": sample(Framing.delimited("-a-a-b"), bytesNearDelimiters),
  lines: sample(Framing.lines(), nearLines),
  "lines, lf": sample(Framing.lines({ terminator: "lf" }), nearLines),
  "lines, crlf": sample(Framing.lines({ terminator: "crlf" }), text),
  "lines, latin1": sample(
    Framing.lines({ encoding: "latin1" }),
    fc.string({ unit: fc.constantFrom("a", "\u00e9", "\u00ff"), maxLength: 9 })
  ),
  ndjson: sample(Framing.ndjson(), json),
  schema: sample(SocketSchema.framing(Framing.ndjson(), Person), people),
  "schema of texts": sample(SocketSchema.framing(counted, Schema.parseJson(Person)), people)
}
