/**
 * A transport under test, with everything decided, and what a property of the contract is. Everything that knows a
 * platform comes with the transport; the properties know `Network` alone.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Network from "../../Network.ts"
import type * as SocketError from "../../SocketError.ts"
import type { Address, Capability, Names, Open } from "./statement.ts"

export interface TransportUnderTest {
  readonly layer: Layer.Layer<Network.Network>
  readonly free: Effect.Effect<Address, never, Scope.Scope>
  readonly deserted: Effect.Effect<Address, never, Network.Network | Scope.Scope>
  readonly desertedReason: SocketError.ConnectReason
  readonly unroutable: Address | undefined
  readonly names: Names | undefined
  readonly cannot: Readonly<Partial<Record<Capability, string>>>
  readonly clogBytes: number
  readonly turn: Effect.Effect<void>
  readonly open: Effect.Effect<Open>
  readonly memory: Effect.Effect<number>
  readonly memoryBound: number
  readonly patience: Duration.DurationInput
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
