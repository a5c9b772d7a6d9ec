/** Two peers and the two sockets of a proxy between them. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Network from "../src/Network.ts"
import type * as Socket from "../src/Socket.ts"

/** A `client` connected to `a`, and a `server` connected to `b`. A proxy between them pumps `a` and `b`. */
export const proxied = Effect.map(Effect.all([Network.pair, Network.pair]), ([[client, a], [b, server]]) => ({
  client,
  a,
  b,
  server
}))

/** Receives everything. Returns the bytes, and how the stream ended: "the end" or the reason of the error. */
export const drain = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    const pieces: Array<Uint8Array> = []
    while (true) {
      const next = yield* Effect.either(socket.recv(65_536))
      if (next._tag === "Left") return { bytes: Buffer.concat(pieces), end: next.left.reason }
      if (Option.isNone(next.right)) return { bytes: Buffer.concat(pieces), end: "the end" as const }
      pieces.push(next.right.value)
    }
  })

/** Does the same, and returns one text such as "hello, the end". */
export const textFrom = (socket: Socket.Socket) => Effect.map(drain(socket), ({ bytes, end }) => `${bytes}, ${end}`)
