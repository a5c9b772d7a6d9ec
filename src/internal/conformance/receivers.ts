/**
 * Every way to receive, each wanting 4 bytes of ASCII where it promises them, and 4 at most where it does not.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Socket from "../../Socket.ts"
import { utf8 } from "./bytes.ts"

export interface Receiver {
  readonly name: string
  /** Whether it takes what it gives. */
  readonly consumes: boolean
  /** The bytes, or none at the end. */
  readonly run: (socket: Socket.Socket) => Effect.Effect<Option.Option<Uint8Array>, { readonly _tag: string }>
}

const fourBytes: Socket.Step<Option.Option<Uint8Array>, never> = (view, ended) =>
  view.length >= 4 || (ended && view.length > 0)
    ? Socket.take(Math.min(4, view.length), Option.some(view.slice(0, 4)))
    : ended
      ? Socket.take(0, Option.none())
      : Socket.more(4)

export const receivers: ReadonlyArray<Receiver> = [
  { name: "recv", consumes: true, run: socket => socket.recv(4) },
  { name: "receive", consumes: true, run: socket => socket.receive(fourBytes) },
  { name: "peek", consumes: false, run: socket => socket.peek(4) },
  { name: "recvExactly", consumes: true, run: socket => Effect.map(socket.recvExactly(4), Option.some) },
  { name: "recvText", consumes: true, run: socket => Effect.map(socket.recvText(4), Option.map(utf8)) }
]
