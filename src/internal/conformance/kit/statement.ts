/**
 * The statement of a transport under test, its defaults, and the types of a property and a chapter. All knowledge of a
 * platform is in the statement: the properties know only `Network`. Most of the interfaces are public as part of
 * `Conformance`.
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
 * What some transports cannot do:
 * - `reset`: a connection can be reset, and its peer can tell the reset from the end.
 * - `ports`: an address has a port, and listening on port 0 assigns a free one.
 * - `names`: an address can be looked up by a name. Needs `names` in the statement.
 * - `unroutable`: some addresses have no route. Needs `unroutable` in the statement.
 * - `timeouts`: receives and sends fail after the timeouts that their transport is called with.
 */
export type Capability = "reset" | "ports" | "names" | "unroutable" | "timeouts"

/** How many resources of each kind are open. */
export type Open = Readonly<Record<string, number>>

/** A network with names that the suite chooses. `Conformance.names` makes it from a driver. */
export interface Names {
  /** The network, with these names and their addresses, and no others. The hosts in `silent` never answer. */
  readonly layer: (
    addresses: Readonly<Record<string, readonly [string, ...ReadonlyArray<string>]>>,
    silent?: ReadonlyArray<string>
  ) => Layer.Layer<Network.Network>
  /** A host with free ports to listen on. */
  readonly free: string
  /** A host of the other address family. Nothing listens there on the port that `free` listens on. */
  readonly other: string
}

/**
 * Describes a transport under test: how to reach it, what it cannot do, and how to measure what it holds. Only `layer` is
 * required.
 */
export interface Statement {
  /** The network. It is built for each property, and released after it. */
  readonly layer: Layer.Layer<Network.Network, unknown>
  /** A free address to listen on. Its Scope removes what is left there. Default: port 0 of 127.0.0.1. */
  readonly free?: Effect.Effect<SocketAddress.Resolved, never, Scope.Scope> | undefined
  /** An address where nothing listens. Default: a `free` address, after a listener on it has closed. */
  readonly deserted?: Effect.Effect<SocketAddress.Resolved, never, Network.Network | Scope.Scope> | undefined
  /** The reason with which connecting to `deserted` fails. Default: `Refused`. */
  readonly desertedReason?: SocketError.ConnectReason | undefined
  /** An address without a route. Default: none. The properties that need one are then skipped. */
  readonly unroutable?: SocketAddress.Resolved | undefined
  /** A network with names. Default: none. The properties that need names are then skipped. */
  readonly names?: Names | undefined
  /** What it cannot do, with the reason. The properties that need it are skipped, and show the reason. */
  readonly cannot?: Readonly<Partial<Record<Capability, string>>> | undefined
  /**
   * A number of bytes that is larger than all buffers of a connection together, so that a send of it waits until the peer
   * receives. A smaller number makes the suite faster. Default: 24 MiB, more than any kernel buffers.
   */
  readonly clogBytes?: number | undefined
  /** Lets other fibers and events that are ready run. A faster one makes the suite faster. Default: `Effect.sleep(0)`. */
  readonly turn?: Effect.Effect<void> | undefined
  /**
   * Counts what is open now: descriptors, listeners, timers. A property fails if a count is higher after it than before.
   * Default: counts nothing. Fibers are always counted.
   */
  readonly open?: Effect.Effect<Open> | undefined
  /** How many bytes of memory are in use, after a garbage collection. Default: memory is not measured. */
  readonly memory?: Effect.Effect<number> | undefined
  /** How many bytes of memory a flood may cost. Default: `clogBytes`. */
  readonly memoryBound?: number | undefined
  /**
   * How long an operation that should finish at once may take on a slow machine. After it the property fails. Default:
   * 20 seconds.
   */
  readonly timeout?: Duration.DurationInput | undefined
}

/** A statement with all defaults filled in. */
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

/** One sentence of the contract, and its test. `run` succeeds if the sentence is true, and dies or fails if it is not. */
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

/** An address on which a listener has just closed. */
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
      ...(statement.unroutable === undefined ? { unroutable: "no unroutable address was stated" } : {}),
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
