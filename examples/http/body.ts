/** The body of a response, in the three ways in which its end is known. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type Socket, SocketError } from "effect-sockets"
import { BadResponse, fields, type Head, line } from "./head.ts"

/** So many bytes, each piece as it comes. */
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

/** How long the next chunk is; the last one has none, and headers may come after it. */
const chunk = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    const text = yield* line(socket)
    const [, size] = /^([\da-f]{1,8})[ \t]*(?:;.*)?$/i.exec(text) ?? []
    if (size === undefined) return yield* new BadResponse({ what: `the chunk size ${text}` })
    const bytes = Number.parseInt(size, 16)
    if (bytes > 0) return bytes
    yield* fields(socket)
    return 0
  })

/** A chunk is its length on a line, so many bytes, and the end of a line. */
const chunked = (socket: Socket.Socket) =>
  Stream.repeatEffectOption(Effect.filterOrFail(Effect.mapError(chunk(socket), Option.some), isMore, Option.none)).pipe(
    Stream.flatMap(bytes => Stream.concat(exactly(socket, bytes), Stream.drain(Stream.fromEffect(endOfChunk(socket)))))
  )

const isMore = (bytes: number) => bytes > 0

const endOfChunk = (socket: Socket.Socket) =>
  Effect.filterOrFail(
    line(socket),
    text => text === "",
    () => new BadResponse({ what: "a chunk that does not end" })
  )

/** What has neither a length nor chunks goes to the end of the connection, and nobody can tell whether it has been cut. */
export const body = (socket: Socket.Socket, { headers, status }: Head) => {
  const length = headers.get("content-length")
  const coding = headers.get("transfer-encoding")?.toLowerCase()
  if (status === 204 || status === 304) return Stream.empty
  if (coding === "chunked") return chunked(socket)
  if (coding !== undefined) return Stream.fail(new BadResponse({ what: `the transfer encoding ${coding}` }))
  if (length === undefined) return socket.stream
  return /^\d{1,15}$/.test(length)
    ? exactly(socket, Number(length))
    : Stream.fail(new BadResponse({ what: `the length ${length}` }))
}
