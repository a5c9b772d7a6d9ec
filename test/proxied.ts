/** Two peers and two sockets between them, for whoever stands in the middle. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Network from "../src/Network.ts"
import type * as Socket from "../src/Socket.ts"

/** A client that is connected to `a`, and a server that is connected to `b`: who is between them has `a` and `b`. */
export const proxied = Effect.map(Effect.all([Network.pair, Network.pair]), ([[client, a], [b, server]]) => ({
  client,
  a,
  b,
  server
}))

/** All that comes, and how it ended. */
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

/** The same as one text. */
export const textFrom = (socket: Socket.Socket) => Effect.map(drain(socket), ({ bytes, end }) => `${bytes}, ${end}`)
