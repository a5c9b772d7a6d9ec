/**
 * What the contract suite asks of a transport to be tested, and what a property of the contract is. Everything that
 * knows a platform comes from the row of the table; the properties know `Network` alone.
 */
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Network from "../../src/Network.ts"
import type * as SocketAddress from "../../src/SocketAddress.ts"
import type * as SocketError from "../../src/SocketError.ts"

export type Address = SocketAddress.Inet | SocketAddress.Unix

/**
 * What not every transport can do:
 * - `reset`: a connection can end in a way that its peer tells from an end.
 * - `ports`: an address has a port, and port 0 is given a free one.
 * - `names`: an address can be found by a name.
 * - `unroutable`: there are addresses to which no way leads.
 * - `racing`: the addresses of a name are tried side by side, not one after the other.
 */
export type Capability = "reset" | "ports" | "names" | "unroutable" | "racing"

/** How many of each kind of thing the process holds open. */
export type Open = Readonly<Record<string, number>>

/** The same network, on which just these names have addresses; those of `silent` never answer. */
export type WithNames = (
  names: Readonly<Record<string, readonly [string, ...ReadonlyArray<string>]>>,
  silent?: ReadonlyArray<string>
) => Layer.Layer<Network.Network>

export interface TransportUnderTest {
  readonly name: string
  /** Why nothing of it can be tested here. */
  readonly skip?: string | undefined
  readonly layer: Layer.Layer<Network.Network>
  /** A free address to listen on. What is left there goes with the scope. */
  readonly free: Effect.Effect<Address, never, Scope.Scope>
  /** An address where nobody listens, and why connecting to it fails. */
  readonly deserted: Effect.Effect<Address, never, Scope.Scope>
  readonly desertedReason: SocketError.ConnectReason
  /** With `unroutable`: an address to which no way leads. */
  readonly unroutable?: Address | undefined
  /** With `names`. */
  readonly withNames?: WithNames | undefined
  /** With `names`: where `free` is, and an address of the other family, on which nobody listens at the same port. */
  readonly hosts?: { readonly free: string; readonly other: string } | undefined
  /** Why it cannot do what it cannot do. */
  readonly cannot: Readonly<Partial<Record<Capability, string>>>
  /** More bytes than the network and both ends hold together: to send them blocks until somebody receives. */
  readonly clogBytes: number
  /** Lets everything else that is ready have a turn: one turn of the event loop. */
  readonly turn: Effect.Effect<void>
  readonly open: Effect.Effect<Open>
  /** How much memory is in use, and how much more of it a flood may cost, in bytes. */
  readonly memory: Effect.Effect<number>
  readonly memoryBound: number
}

/** One sentence of the contract, and how to find out whether it is true. It succeeds if it is, and dies if not. */
export interface Property {
  readonly title: string
  readonly needs?: ReadonlyArray<Capability>
  readonly run: (on: TransportUnderTest) => Effect.Effect<void, unknown, Network.Network | Scope.Scope>
}

export interface Chapter {
  readonly title: string
  readonly properties: ReadonlyArray<Property>
}
