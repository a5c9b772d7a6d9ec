/**
 * Receives and sends messages on a socket: one at a time, many in one write, as a Stream and as a Sink.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import type * as Option from "effect/Option"
import * as Sink from "effect/Sink"
import type * as Stream from "effect/Stream"
import type * as Socket from "../../Socket.ts"
import type { RecvError, SendError } from "../../SocketError.ts"
import { orNone, repeated } from "../receive/index.ts"
import { batch, type Framing } from "./framing.ts"

export const recv = <A, E>(
  socket: Socket.Socket,
  framing: Framing<A, E, unknown, never>
): Effect.Effect<Option.Option<A>, RecvError | E> => socket.recvWith(orNone(framing.step()))

export const stream = <A, E>(
  socket: Socket.Socket,
  framing: Framing<A, E, unknown, never>
): Stream.Stream<A, RecvError | E> => repeated(socket.recvWith(batch(framing)), frames => frames)

export const send = <I, X>(
  socket: Socket.Socket,
  framing: Framing<unknown, unknown, X, I>,
  value: I
): Effect.Effect<void, SendError | X> =>
  Effect.suspend((): Effect.Effect<void, SendError | X> => {
    const encoded = framing.encode(value)
    return Either.isRight(encoded) ? socket.sendAll(encoded.right) : Exit.fail(encoded.left)
  })

export const sendMany = <I, X>(
  socket: Socket.Socket,
  framing: Framing<unknown, unknown, X, I>,
  values: Iterable<I>
): Effect.Effect<void, SendError | X> =>
  Effect.suspend((): Effect.Effect<void, SendError | X> => {
    const pieces: Array<Uint8Array> = []
    for (const value of values) {
      const encoded = framing.encode(value)
      if (Either.isLeft(encoded)) {
        return Exit.fail(encoded.left)
      }
      if (encoded.right instanceof Uint8Array) pieces.push(encoded.right)
      // Not `push(...pieces)`, because a call with too many arguments throws.
      else for (const piece of encoded.right) pieces.push(piece)
    }
    return socket.sendAll(together(pieces))
  })

export const sink = <I, X>(
  socket: Socket.Socket,
  framing: Framing<unknown, unknown, X, I>
): Sink.Sink<void, I, never, SendError | X> => Sink.forEachChunk(chunk => sendMany(socket, framing, chunk))

/** In bytes. Copying a shorter piece costs less than writing one more buffer. */
const small = 4 * 1024

/** Returns the same bytes: neighboring small pieces are joined. */
export const together = (pieces: ReadonlyArray<Uint8Array>): ReadonlyArray<Uint8Array> => {
  const joined: Array<Uint8Array> = []
  for (let from = 0, to = 0; from < pieces.length; from = to) {
    let bytes = 0
    for (; to < pieces.length && pieces[to]!.length < small; to++) bytes += pieces[to]!.length
    if (to === from) to += 1
    joined.push(to - from === 1 ? pieces[from]! : join(pieces.slice(from, to), bytes))
  }
  return joined
}

/** Joins the pieces. `bytes` is their total size. */
const join = (pieces: ReadonlyArray<Uint8Array>, bytes: number): Uint8Array => {
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
