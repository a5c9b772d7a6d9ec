/**
 * What each ready-made test server does with a connection, such as echo, flood or reset. A function that does this is
 * called a part.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Utils from "effect/Utils"
import type * as Socket from "../../Socket.ts"
import type { RecvError, SendError } from "../../SocketError.ts"
import { forever } from "../waiting/index.ts"
import type { Part } from "./server.ts"

/** The most bytes that a part other than `readsSlowly` receives at a time. */
const blockSize = 65536

/**
 * Receives until the client's end, at most `bufsize` bytes at a time, and passes the bytes of each receive to `then`.
 */
const receiving = <E>(
  socket: Socket.Socket,
  bufsize: number,
  then: (bytes: Uint8Array) => Effect.Effect<void, E>
): Effect.Effect<void, E | RecvError> =>
  Effect.flatMap(
    socket.recv(bufsize),
    Option.match({
      onNone: () => Effect.void,
      onSome: bytes => Effect.zipRight(then(bytes), receiving(socket, bufsize, then))
    })
  )

const drain = (socket: Socket.Socket) => receiving(socket, blockSize, () => Effect.void)

/**
 * Runs `play`. At the same time, receives and drops the client's bytes, so that the client's sends do not wait. If the
 * client resets, `play` is interrupted.
 */
const whileReceiving = (socket: Socket.Socket, play: Effect.Effect<void, RecvError | SendError>) =>
  Effect.raceFirst(play, Effect.zipRight(drain(socket), forever))

export const sends =
  (bytes: Uint8Array): Part =>
  socket =>
    socket.sendAll(bytes)

export const echoes: Part = socket => receiving(socket, blockSize, bytes => socket.sendAll(bytes))

export const isSilent: Part = socket => Effect.zipRight(drain(socket), forever)

export const dribbles =
  (bytes: Uint8Array, every: Duration.DurationInput): Part =>
  socket =>
    whileReceiving(
      socket,
      Effect.forEach(
        bytes,
        (byte, at) =>
          Effect.zipRight(at === 0 ? Effect.void : Effect.sleep(every), socket.sendAll(Uint8Array.of(byte))),
        { discard: true }
      )
    )

/** Returns random bytes. The same seed gives the same bytes. */
export const garbage = (seed: number, length: number): Uint8Array => {
  const random = new Utils.PCGRandom(seed)
  return Uint8Array.from({ length }, () => random.integer(256))
}

export const sendsWhileReceiving =
  (bytes: Uint8Array): Part =>
  socket =>
    whileReceiving(socket, socket.sendAll(bytes))

export const floods =
  (block: Uint8Array): Part =>
  socket =>
    whileReceiving(socket, Effect.forever(socket.sendAll(block)))

export const closesAtOnce: Part = () => Effect.void

export const resets: Part = socket => socket.abort

export const resetsAfter =
  (bytes: number): Part =>
  socket =>
    bytes > 0
      ? Effect.flatMap(
          socket.recv(Math.min(bytes, blockSize)),
          Option.match({
            onNone: () => Effect.void,
            onSome: received => resetsAfter(bytes - received.length)(socket, 0, socket)
          })
        )
      : socket.abort

/**
 * Sends the first `bytes` bytes of `frame`, and then resets. Sleeps for 0 ms before the reset, so that the client can
 * read the bytes. A reset destroys bytes that the client has not read.
 */
export const resetsMidFrame =
  (frame: Uint8Array, bytes: number): Part =>
  socket =>
    socket.sendAll(frame.subarray(0, bytes)).pipe(Effect.zipRight(Effect.sleep(0)), Effect.zipRight(socket.abort))

/** Ends the connection below TLS, so that the client gets no close_notify. */
export const truncates =
  (bytes: Uint8Array): Part =>
  (socket, _, plain) =>
    socket.sendAll(bytes).pipe(Effect.zipRight(plain.shutdownSend), Effect.zipRight(drain(socket)))

export const halfCloses: Part = socket => Effect.zipRight(socket.shutdownSend, drain(socket))

export const readsSlowly =
  (bufsize: number, every: Duration.DurationInput): Part =>
  socket =>
    receiving(socket, bufsize, () => Effect.sleep(every))
