/** Tests of the message types and the error types of framings. */

import type { Effect, Option, Stream } from "effect"
import { Schema } from "effect"
import * as Either from "effect/Either"
import { describe, expect, test } from "tstyche"
import * as Framing from "../../src/Framing.ts"
import type * as Socket from "../../src/Socket.ts"
import type * as SocketError from "../../src/SocketError.ts"
import * as SocketSchema from "../../src/SocketSchema.ts"

declare const socket: Socket.Socket

type Receiving<A, E> = Effect.Effect<Option.Option<A>, SocketError.RecvError | E>

describe("constructors", () => {
  test("a fixed-size prefix is always a valid length; a varint can also fail with FrameError", () => {
    expect(Framing.lengthPrefixed({ size: 4 })).type.toBe<
      Framing.Framing<Uint8Array, SocketError.UnexpectedEnd | SocketError.LimitExceeded, SocketError.FrameEncodeError>
    >()
    expect(Framing.lengthPrefixed({ size: "varint" })).type.toBe<
      Framing.Framing<
        Uint8Array,
        SocketError.UnexpectedEnd | SocketError.LimitExceeded | SocketError.FrameError,
        SocketError.FrameEncodeError
      >
    >()
    expect(Framing.lengthPrefixed).type.not.toBeCallableWith({ size: 3 })
    expect(Framing.lengthPrefixed).type.not.toBeCallableWith({ size: "varint", endianness: "little" })
  })

  test("make: the types of received and sent messages may differ", () => {
    const framing = Framing.make({
      step: (): Socket.Step<number, "bad"> => view => ({ _tag: "Take", bytes: 1, value: view.length }),
      encode: (text: string) => Either.right(new TextEncoder().encode(text))
    })
    expect(framing).type.toBe<Framing.Framing<number, "bad", never, string>>()
    expect(Framing.send).type.not.toBeCallableWith(socket, framing, 1)
  })
})

describe("a schema", () => {
  const Person = Schema.Struct({ name: Schema.String, born: Schema.Date })
  const framing = Framing.ndjson().pipe(SocketSchema.framing(Person))

  test("has the type of the schema in both directions, and adds FrameError", () => {
    expect(framing).type.toBe<
      Framing.Framing<
        { readonly name: string; readonly born: Date },
        SocketError.UnexpectedEnd | SocketError.LimitExceeded | SocketError.DecodeError | SocketError.FrameError,
        SocketError.FrameEncodeError
      >
    >()
    expect(SocketSchema.framing(Framing.ndjson(), Person)).type.toBe<typeof framing>()
  })

  test("must encode to the messages of the framing underneath", () => {
    expect(SocketSchema.framing).type.toBeCallableWith(Framing.lines(), Schema.NumberFromString)
    expect(SocketSchema.framing).type.not.toBeCallableWith(Framing.lines(), Schema.Number)
    expect(SocketSchema.framing).type.not.toBeCallableWith(Framing.lengthPrefixed({ size: 1 }), Schema.String)
  })
})

describe("on a socket", () => {
  const lines = Framing.lines()

  test("recv and stream fail as the socket and as the framing", () => {
    type Errors = SocketError.UnexpectedEnd | SocketError.LimitExceeded | SocketError.DecodeError
    expect(Framing.recv(socket, lines)).type.toBe<Receiving<string, Errors>>()
    expect(socket.pipe(Framing.recv(lines))).type.toBe<Receiving<string, Errors>>()
    expect(Framing.stream(socket, lines)).type.toBe<Stream.Stream<string, SocketError.RecvError | Errors>>()
  })

  test("send fails as the socket and as the encoding", () => {
    type Errors = SocketError.SendError | SocketError.EncodeError | SocketError.FrameEncodeError
    expect(Framing.send(socket, lines, "x")).type.toBe<Effect.Effect<void, Errors>>()
    expect(socket.pipe(Framing.send(lines, "x"))).type.toBe<Effect.Effect<void, Errors>>()
    expect(Framing.sendMany(socket, lines, ["x"])).type.toBe<Effect.Effect<void, Errors>>()
    expect(Framing.send).type.not.toBeCallableWith(socket, lines, 1)
  })
})
