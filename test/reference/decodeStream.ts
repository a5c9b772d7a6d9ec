import * as Stream from "effect/Stream"
import { Framing } from "effect-sockets"

const file = Stream.make(new TextEncoder().encode('{"a":1}\n{"b"'), new TextEncoder().encode(":2}\n"))

// Emits { a: 1 } and { b: 2 }.
export const program = Stream.runCollect(Framing.decodeStream(file, Framing.ndjson()))
