/** Every receive function, as a way to read one message of a stream. */
import * as Effect from "effect/Effect"
import type * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Framing from "../../../src/Framing.ts"
import { utf8 } from "../../../src/internal/conformance/kit/bytes.ts"
import * as Socket from "../../../src/Socket.ts"
import { bytes, nearDelimiters, samples, text } from "./framings.ts"

/** The bytes of a message, and the values that a reader must receive from them. */
export interface Message {
  readonly wire: Uint8Array
  readonly expected: ReadonlyArray<unknown>
}

/** One receive, of a message that may have been received in part (`got`). It adds what it receives to `got` at once. */
type Read = (socket: Socket.Socket, message: Message, got: Array<unknown>) => Effect.Effect<unknown, unknown>

export interface Reader {
  readonly messages: fc.Arbitrary<Message>
  readonly read: Read
}

/** Keeps the value in the same fiber step. With `Effect.map` an interruption could come before the function runs. */
const keeping = <A, E>(receiving: Effect.Effect<A, E>, keep: (value: A) => unknown): Effect.Effect<unknown, E> =>
  Effect.flatMap(receiving, value => {
    keep(value)
    return Effect.void
  })

/** Readers that receive a message in pieces of at most 1, 3 or 24 bytes. The expected values are its bytes. */
const inPieces = (
  contents: fc.Arbitrary<Uint8Array>,
  receive: (
    socket: Socket.Socket,
    bufsize: number,
    keep: (piece: Uint8Array) => void
  ) => Effect.Effect<unknown, unknown>
): ReadonlyArray<Reader> =>
  [1, 3, 24].map(bufsize => ({
    messages: contents.map(wire => ({ wire, expected: Array.from(wire) })),
    read: (socket, { wire }, got) =>
      receive(socket, Math.min(bufsize, wire.length - got.length), piece => got.push(...piece))
  }))

const inOne = <A>(
  values: fc.Arbitrary<A>,
  wireOf: (value: A) => Uint8Array,
  receive: (socket: Socket.Socket, bytes: number) => Effect.Effect<unknown, unknown>,
  expected: (value: A) => unknown = value => value
): Reader => ({
  messages: values.map(value => ({ wire: wireOf(value), expected: [expected(value)] })),
  read: (socket, { wire }, got) => keeping(receive(socket, wire.length), value => got.push(value))
})

const asIs = (content: Uint8Array) => content

const recv = inPieces(bytes, (socket, bufsize, keep) =>
  keeping(socket.recv(bufsize), piece => keep(Option.getOrThrow(piece)))
)

const recvInto = inPieces(bytes, (socket, bufsize, keep) =>
  Effect.suspend(() => {
    const memory = new Uint8Array(bufsize)
    return keeping(socket.recvInto(memory), read => keep(memory.subarray(0, Option.getOrThrow(read))))
  })
)

const recvText = inPieces(text.map(utf8), (socket, bufsize, keep) =>
  keeping(socket.recvText(bufsize), piece => keep(utf8(Option.getOrThrow(piece))))
)

const aStep =
  (bytes: number): Socket.Step<Uint8Array, never> =>
  view =>
    view.length < bytes ? Socket.more(bytes) : Socket.take(bytes, view.slice(0, bytes))

const peek: Reader = {
  messages: bytes.filter(content => content.length > 0).map(wire => ({ wire, expected: [Option.some(wire), wire] })),
  read: (socket, { wire }, got) =>
    Effect.flatMap(socket.peekFull(wire.length), seen =>
      keeping(socket.recvExactly(wire.length), taken => got.push(seen, taken))
    )
}

const by = (delimiter: string) => (content: string) => utf8(content + delimiter)

const recvUntil = inOne(
  nearDelimiters.filter(content => `${content}-a-b`.indexOf("-a-b") === content.length),
  by("-a-b"),
  socket => socket.recvUntil("-a-b"),
  utf8
)

const recvLine = inOne(
  text.filter(line => !line.includes("\n") && !line.endsWith("\r")),
  by("\r\n"),
  socket => socket.recvLine(),
  Option.some
)

const ofFramings = Object.entries(samples).map(([name, { framing, values, wireOf }]) => [
  `Framing.recv, ${name}`,
  inOne(values, wireOf, socket => Framing.recv(socket, framing), Option.some)
])

export const readers: Readonly<Record<string, Reader>> = {
  ...Object.fromEntries(
    Object.entries({ recv, recvInto, recvText }).flatMap(([name, three]) =>
      three.map((reader, n) => [`${name}(${[1, 3, 24][n]})`, reader])
    )
  ),
  receive: inOne(bytes, asIs, (socket, length) => socket.recvWith(aStep(length))),
  recvExactly: inOne(bytes, asIs, (socket, length) => socket.recvExactly(length)),
  discard: inOne(
    bytes,
    asIs,
    (socket, length) => socket.discard(length),
    () => undefined
  ),
  peek,
  recvUntil,
  recvLine,
  ...Object.fromEntries(ofFramings)
}
