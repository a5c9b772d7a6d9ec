/**
 * What somebody states about a transport to have it tested, what holds where nothing was stated, and what a property of
 * the contract is. Everything that knows a platform comes with the transport; the properties know `Network` alone. Most
 * of the interfaces are public as part of `Conformance`.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Network from "../../../Network.ts"
import * as SocketAddress from "../../../SocketAddress.ts"
import type * as SocketError from "../../../SocketError.ts"

/**
 * What not every transport can do:
 * - `reset`: a connection can end in a way that its peer tells from an end.
 * - `ports`: an address has a port, and port 0 is given a free one.
 * - `names`: an address can be found by a name. Not without `names`.
 * - `unroutable`: there are addresses to which no way leads. Not without `unroutable`.
 * - `timeouts`: receives and sends are held to the timeouts that their transport is given with them.
 */
export type Capability = "reset" | "ports" | "names" | "unroutable" | "timeouts"

/** How many of each kind of thing are open. */
export type Open = Readonly<Record<string, number>>

/** Names of one's own choice. `Conformance.names` makes them of a driver. */
export interface Names {
  /** The same network, on which just these names have addresses; the hosts in `silent` never answer. */
  readonly layer: (
    addresses: Readonly<Record<string, readonly [string, ...ReadonlyArray<string>]>>,
    silent?: ReadonlyArray<string>
  ) => Layer.Layer<Network.Network>
  /** A host that has free ports to listen on. */
  readonly free: string
  /** A host of the other family, on which nobody listens at the same port. */
  readonly other: string
}

/**
 * What somebody states about a transport to have it tested: how to reach it, what it cannot do, how to look into it.
 * Only its `layer` has to be stated.
 */
export interface Statement {
  /** Built anew for each property, and released after it. */
  readonly layer: Layer.Layer<Network.Network, unknown>
  /** A free address to listen on: port 0 of 127.0.0.1 by default. What is left there goes with the scope. */
  readonly free?: Effect.Effect<SocketAddress.Resolved, never, Scope.Scope> | undefined
  /** An address where nobody listens. By default a free one on which somebody listened a moment ago. */
  readonly deserted?: Effect.Effect<SocketAddress.Resolved, never, Network.Network | Scope.Scope> | undefined
  /** Why connecting to it fails: `Refused` by default. */
  readonly desertedReason?: SocketError.ConnectReason | undefined
  /** An address to which no way leads. Without it nothing is asked about such addresses. */
  readonly unroutable?: SocketAddress.Resolved | undefined
  /** Without them nothing is asked about names. */
  readonly names?: Names | undefined
  /** What it cannot do, and why. What needs it is skipped, for this reason. */
  readonly cannot?: Readonly<Partial<Record<Capability, string>>> | undefined
  /**
   * More bytes than the transport and both ends hold together, so that to send them waits until somebody receives:
   * 24 MiB by default, which clogs every kernel. Fewer make the suite faster.
   */
  readonly clogBytes?: number | undefined
  /** Lets everything else that is ready have a turn: a sleep of 0 by default. A faster one makes the suite faster. */
  readonly turn?: Effect.Effect<void> | undefined
  /** What is open now: descriptors, listeners, timers. Without it nothing but fibers is looked for after a property. */
  readonly open?: Effect.Effect<Open> | undefined
  /** How many bytes of memory are in use. Without it nobody looks. */
  readonly memory?: Effect.Effect<number> | undefined
  /** How many bytes of memory a flood may cost: as many as `clogBytes` by default. */
  readonly memoryBound?: number | undefined
  /** How long what a good transport does at once may take, on a slow machine: 20 seconds by default. */
  readonly timeout?: Duration.DurationInput | undefined
}

/** A transport under test, with everything decided. */
export interface TransportUnderTest {
  readonly layer: Layer.Layer<Network.Network>
  readonly free: Effect.Effect<SocketAddress.Resolved, never, Scope.Scope>
  readonly deserted: Effect.Effect<SocketAddress.Resolved, never, Network.Network | Scope.Scope>
  readonly desertedReason: SocketError.ConnectReason
  readonly unroutable: SocketAddress.Resolved | undefined
  readonly names: Names | undefined
  readonly cannot: Readonly<Partial<Record<Capability, string>>>
  readonly clogBytes: number
  readonly turn: Effect.Effect<void>
  readonly open: Effect.Effect<Open>
  readonly memory: Effect.Effect<number>
  readonly memoryBound: number
  readonly timeout: Duration.DurationInput
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

const loopback = Effect.succeed(SocketAddress.unsafeInet("127.0.0.1", 0))

/** Somebody listened there a moment ago. */
const leftBehind = (free: TransportUnderTest["free"]): TransportUnderTest["deserted"] =>
  Effect.flatMap(free, address =>
    Network.listen(address).pipe(
      Effect.map(listener => listener.address),
      Effect.scoped,
      Effect.orDie
    )
  )

export const withDefaults = (statement: Statement): TransportUnderTest => {
  const free = statement.free ?? loopback
  const clogBytes = statement.clogBytes ?? 24 * 1024 * 1024
  return {
    layer: Layer.orDie(statement.layer),
    free,
    deserted: statement.deserted ?? leftBehind(free),
    desertedReason: statement.desertedReason ?? "Refused",
    unroutable: statement.unroutable,
    names: statement.names,
    cannot: {
      ...(statement.names === undefined ? { names: "no names were stated" } : {}),
      ...(statement.unroutable === undefined ? { unroutable: "no address without a route was stated" } : {}),
      ...statement.cannot
    },
    clogBytes,
    turn: statement.turn ?? Effect.sleep(0),
    open: statement.open ?? Effect.succeed({}),
    memory: statement.memory ?? Effect.succeed(0),
    memoryBound: statement.memoryBound ?? clogBytes,
    timeout: statement.timeout ?? "20 seconds"
  }
}
