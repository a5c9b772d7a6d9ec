/** The messages between the soak and the process of the hostile peers. */
import type { PeerName } from "../../test/hostile/peers.ts"

type Where = { readonly path: string } | { readonly host: string; readonly port: number }

interface Part {
  readonly id: number
  readonly flood: number
  readonly peer: PeerName | "neverAccepts"
}

export type Question =
  | (Part & { readonly ask: "serve"; readonly where: Where })
  | (Part & { readonly ask: "visit"; readonly target: Where })
  | { readonly id: number; readonly ask: "end" }

export type Answer = { readonly id: number; readonly port: number } | { readonly id: number; readonly said: string }
