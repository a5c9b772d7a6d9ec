/** The body of a response. A length, chunks, or the end of the connection tells where it ends. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type Socket, SocketError } from "effect-sockets"
import { BadResponse, fields, type Head, line } from "./head.ts"

/** Receives exactly `bytes` bytes, in pieces as they come. */
const exactly = (socket: Socket.Socket, bytes: number) =>
  Stream.unfoldEffect(bytes, left =>
    left === 0
      ? Effect.succeedNone
      : Effect.flatMap(
          socket.recv(Math.min(left, 65_536)),
          Option.match({
            onNone: () => new SocketError.UnexpectedEnd({ expected: left, available: 0 }),
            onSome: piece => Effect.succeedSome([piece, left - piece.length] as const)
          })
        )
  )

/** Receives the size of the next chunk. The last chunk has size 0, and headers may follow it. */
const chunk = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    const text = yield* line(socket)
    const [, size] = /^([\da-f]{1,8})[ \t]*(?:;.*)?$/i.exec(text) ?? []
    if (size === undefined) return yield* new BadResponse({ what: `invalid chunk size ${text}` })
    const bytes = Number.parseInt(size, 16)
    if (bytes > 0) return bytes
    yield* fields(socket)
    return 0
  })

/** A chunk is a line with its size, that many bytes, and an end of line. */
const chunked = (socket: Socket.Socket) =>
  Stream.repeatEffectOption(Effect.filterOrFail(Effect.mapError(chunk(socket), Option.some), isMore, Option.none)).pipe(
    Stream.flatMap(bytes => Stream.concat(exactly(socket, bytes), Stream.drain(Stream.fromEffect(endOfChunk(socket)))))
  )

const isMore = (bytes: number) => bytes > 0

const endOfChunk = (socket: Socket.Socket) =>
  Effect.filterOrFail(
    line(socket),
    text => text === "",
    () => new BadResponse({ what: "a chunk is longer than its size" })
  )

/** A body with neither a length nor chunks ends with the connection. Then the client cannot know whether it is complete. */
export const body = (socket: Socket.Socket, { headers, status }: Head) => {
  const length = headers.get("content-length")
  const coding = headers.get("transfer-encoding")?.toLowerCase()
  if (status === 204 || status === 304) return Stream.empty
  if (coding === "chunked") return chunked(socket)
  if (coding !== undefined) return Stream.fail(new BadResponse({ what: `unknown transfer encoding ${coding}` }))
  if (length === undefined) return socket.stream
  return /^\d{1,15}$/.test(length)
    ? exactly(socket, Number(length))
    : Stream.fail(new BadResponse({ what: `invalid length ${length}` }))
}
