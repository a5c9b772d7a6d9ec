import * as Effect from "effect/Effect"
import { Framing, Network } from "effect-sockets"

const framing = Framing.lengthPrefixed({ size: 4 })

export const program = Network.withConnection("server:8080", socket =>
  Effect.zipRight(Framing.send(socket, framing, Uint8Array.of(1, 2, 3)), Framing.recv(socket, framing))
)
