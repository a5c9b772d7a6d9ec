/**
 * Lists every receive function, called so that 4 bytes are enough. Some functions wait for all 4 bytes. Others return
 * as soon as 1 byte has arrived.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Socket from "../../../Socket.ts"
import { concat, utf8 } from "./bytes.ts"

/** A receive function, called so that 4 bytes are enough. */
export interface Receiver {
  readonly name: string
  /** True if the function consumes the bytes that it returns. */
  readonly consumes: boolean
  /**
   * True if the function returns what has arrived, even if that is fewer than 4 bytes. False if it waits for 4 bytes.
   */
  readonly takesFewer: boolean
  /** True if the function fails with `UnexpectedEnd` when no byte is left. False if it then returns None. */
  readonly isPromised: boolean
  /** Runs the function. Returns the bytes, or None at the end of the stream. */
  readonly run: (socket: Socket.Socket) => Effect.Effect<Option.Option<Uint8Array>, { readonly _tag: string }>
}

/** When these 4 bytes have arrived, every receive function returns. The newline ends a receive of a line. */
export const fourBytes = utf8("abc\n")

const takeFour: Socket.Step<Option.Option<Uint8Array>, never> = (view, ended) =>
  view.length >= 4 || (ended && view.length > 0)
    ? Socket.take(Math.min(4, view.length), Option.some(view.slice(0, 4)))
    : ended
      ? Socket.take(0, Option.none())
      : Socket.more(4)

const some = { consumes: true, takesFewer: true, isPromised: false }
const four = { consumes: true, takesFewer: false, isPromised: false }
const promised = { consumes: true, takesFewer: false, isPromised: true }
const looks = { consumes: false, takesFewer: false, isPromised: false }

const intoFour = (socket: Socket.Socket) => {
  const buffer = new Uint8Array(4)
  return Effect.map(
    socket.recvInto(buffer),
    Option.map(bytes => buffer.slice(0, bytes))
  )
}

/**
 * Makes `recvAll` react to 4 bytes. Without a limit, `recvAll` waits for the end of the stream. With a limit of 3, it
 * fails at the fourth byte, and the bytes stay buffered.
 */
const refuseFour = (socket: Socket.Socket) =>
  Effect.matchEffect(socket.recvAll({ limit: 3 }), {
    onFailure: error => (error._tag === "LimitExceeded" ? Effect.succeedSome(fourBytes) : Effect.fail(error)),
    onSuccess: bytes => Effect.succeed(bytes.length === 0 ? Option.none() : Option.some(bytes))
  })

/** All receive functions of a socket. */
export const receivers: ReadonlyArray<Receiver> = [
  { name: "recv", ...some, run: socket => socket.recv(4) },
  { name: "recvText", ...some, run: socket => Effect.map(socket.recvText(4), Option.map(utf8)) },
  { name: "recvInto", ...some, run: intoFour },
  { name: "recvWith", ...four, run: socket => socket.recvWith(takeFour) },
  {
    name: "recvLine",
    ...four,
    run: socket =>
      Effect.map(
        socket.recvLine(),
        Option.map(line => concat([utf8(line), utf8("\n")]))
      )
  },
  { name: "recvExactly", ...promised, run: socket => Effect.map(socket.recvExactly(4), Option.some) },
  {
    name: "recvUntil",
    ...promised,
    run: socket => Effect.map(socket.recvUntil("\n", { keepDelimiter: true }), Option.some)
  },
  { name: "discard", ...promised, run: socket => Effect.as(socket.discard(4), Option.some(fourBytes)) },
  { name: "peekFull", ...looks, run: socket => socket.peekFull(4) },
  { name: "recvAll", ...looks, run: refuseFour }
]
