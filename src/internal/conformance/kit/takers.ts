/**
 * Receive functions for the properties about interruption. Each function passes the bytes that it consumes to `keep`.
 * So a property can check that an interruption loses no byte.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Socket from "../../../Socket.ts"
import { type Random, utf8 } from "./bytes.ts"
import { sameBytes } from "./expect.ts"

/** The end of each line that the properties about interruption send. */
export const lineEnd = "\r\n"

/** Returns this many lines of random text, each with up to `longest` characters before `lineEnd`. */
export const randomLines = (random: Random, lines: number, longest: number): string =>
  Array.from({ length: lines }, () => random.text(random.int(0, longest)) + lineEnd).join("")

/**
 * Consumes about `n` bytes and passes them to `keep`. `rest` is the part of the stream that is not yet consumed, and it
 * ends with a complete line. `keep` must be called in the continuation of the receive, as `Effect.flatMap` does.
 * `Effect.map` would call `keep` one step later, and an interruption between the two steps would lose the bytes.
 */
type Take = (
  socket: Socket.Socket,
  keep: (bytes: Uint8Array) => void,
  n: number,
  rest: Uint8Array
) => Effect.Effect<void, unknown>

const kept =
  <A>(keep: (bytes: Uint8Array) => void, bytesOf: (result: A) => Uint8Array) =>
  (result: A): Effect.Effect<void> => {
    keep(bytesOf(result))
    return Effect.void
  }

/** The receive functions that the properties interrupt, by name. */
export const takers: Readonly<Record<string, Take>> = {
  recv: (socket, keep, n) => Effect.flatMap(socket.recv(n), kept(keep, Option.getOrThrow)),
  "peekFull then recv": (socket, keep, n, rest) =>
    Effect.gen(function* () {
      const seen = Option.getOrThrow(yield* socket.peekFull(Math.min(n, rest.length)))
      const bytes = Option.getOrThrow(yield* socket.recv(n))
      keep(bytes)
      const both = Math.min(seen.length, bytes.length)
      sameBytes(bytes.subarray(0, both), seen.subarray(0, both), "recv after peekFull")
    }),
  recvExactly: (socket, keep, n, rest) =>
    Effect.gen(function* () {
      keep(yield* socket.recvExactly(Math.min(n, rest.length)))
    }),
  recvText: (socket, keep, n) =>
    Effect.flatMap(
      socket.recvText(n),
      kept(keep, text => utf8(Option.getOrThrow(text)))
    ),
  recvUntil: (socket, keep) =>
    Effect.gen(function* () {
      keep(yield* socket.recvUntil(lineEnd, { keepDelimiter: true }))
    }),
  recvLine: (socket, keep) =>
    Effect.flatMap(
      socket.recvLine(),
      kept(keep, line => utf8(Option.getOrThrow(line) + lineEnd))
    ),
  recvInto: (socket, keep, n) => {
    const buffer = new Uint8Array(n)
    return Effect.flatMap(
      socket.recvInto(buffer),
      kept(keep, bytes => buffer.slice(0, Option.getOrThrow(bytes)))
    )
  },
  // `discard` does not return the bytes that it drops, so they cannot be checked. The bytes that follow show whether
  // `discard` has dropped the right number.
  "discard then recvExactly": (socket, keep, n, rest) =>
    Effect.gen(function* () {
      const dropped = rest.slice(0, n >> 1)
      yield* socket.discard(dropped.length)
      keep(dropped)
      keep(yield* socket.recvExactly(Math.min(n, rest.length) - dropped.length))
    }),
  recvWith: (socket, keep, n, rest) => {
    const wanted = Math.min(n, rest.length)
    const step: Socket.Step<Uint8Array, never> = view =>
      view.length < wanted ? Socket.more(wanted) : Socket.take(wanted, view.slice(0, wanted))
    return Effect.gen(function* () {
      keep(yield* socket.recvWith(step))
    })
  }
}
