/**
 * Describes a transport under test: the type `Statement`, its defaults, and the types of a property and a chapter.
 * Everything that depends on a platform is in the statement, because the properties use only `Network`. `Conformance`
 * exports most of these types.
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
 * A feature that some transports do not have:
 * - `reset`: a connection can be reset, and the peer can distinguish the reset from the end of the stream.
 * - `ports`: an address has a port, and listening on port 0 assigns a free one.
 * - `names`: the network can look up names. Needs `names` in the statement.
 * - `unroutable`: some addresses have no route. Needs `unroutable` in the statement.
 * - `timeouts`: receives and sends fail with `TimedOut` after the timeouts of their socket.
 * - `acceptReset`: a client that resets right after it connects is still accepted.
 */
export type Capability = "reset" | "ports" | "names" | "unroutable" | "timeouts" | "acceptReset" | "localAddress"

/** The number of open resources of each kind. */
export type Open = Readonly<Record<string, number>>

/** A network with names that the conformance suite chooses. `Conformance.names` makes one from a driver. */
export interface Names {
  /** Makes the network. It resolves only the names in `addresses`. A connect to a host in `silent` never finishes. */
  readonly layer: (
    addresses: Readonly<Record<string, readonly [string, ...ReadonlyArray<string>]>>,
    silent?: ReadonlyArray<string>
  ) => Layer.Layer<Network.Network>
  /** A host with free ports to listen on. */
  readonly free: string
  /**
   * A host of another address family than `free`. If a listener on `free` uses a port, nothing listens on that port of
   * `other`.
   */
  readonly other: string
}

/**
 * Describes a transport under test: how to reach it, which features it does not have, and how to measure its resources.
 * Only `layer` is required.
 */
export interface Statement {
  /** The network to test. The suite builds a new one for each property, and releases it after the property. */
  readonly layer: Layer.Layer<Network.Network, unknown>
  /**
   * Returns a free address to listen on. When the Scope closes, it removes leftovers, such as the file of a Unix path.
   * Default: port 0 of 127.0.0.1.
   */
  readonly free?: Effect.Effect<SocketAddress.Resolved, never, Scope.Scope> | undefined
  /** An address where nothing listens. Default: a `free` address, after a listener on it has closed. */
  readonly deserted?: Effect.Effect<SocketAddress.Resolved, never, Network.Network | Scope.Scope> | undefined
  /** The reason with which connecting to `deserted` fails. Default: `Refused`. */
  readonly desertedReason?: SocketError.ConnectReason | undefined
  /** An address without a route. Default: none, and the properties that need it are skipped. */
  readonly unroutable?: SocketAddress.Resolved | undefined
  /** A network with names. Default: none, and the properties that need names are skipped. */
  readonly names?: Names | undefined
  /**
   * The features that the transport does not have, each with the reason. Properties that need such a feature are skipped
   * and show the reason. Default: none.
   */
  readonly cannot?: Readonly<Partial<Record<Capability, string>>> | undefined
  /**
   * A number of bytes that is larger than all buffers of a connection together. A send of this many bytes waits until
   * the peer receives. A smaller number makes the suite faster. Default: 24 MiB, which is more than the usual buffers
   * of a kernel.
   */
  readonly clogBytes?: number | undefined
  /** Lets other fibers and ready events run. A faster effect makes the suite faster. Default: `Effect.sleep(0)`. */
  readonly turn?: Effect.Effect<void> | undefined
  /**
   * Counts the resources that are open now, such as descriptors, listeners and timers. A property fails if a count is
   * higher after the property than before it. Default: counts nothing. Fibers are always counted.
   */
  readonly open?: Effect.Effect<Open> | undefined
  /** Collects garbage, then returns how many bytes of memory are in use. Default: memory is not measured. */
  readonly memory?: Effect.Effect<number> | undefined
  /** How many more bytes of memory may be in use in the properties about backpressure. Default: `clogBytes`. */
  readonly memoryBound?: number | undefined
  /**
   * How long an operation that should finish at once may take on a slow machine. If it takes longer, the property fails.
   * Default: 20 seconds.
   */
  readonly timeout?: Duration.DurationInput | undefined
}

/** A `Statement` with all defaults filled in. */
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

/** One sentence of the contract, and its test. `run` succeeds if the sentence is true. Otherwise it dies or fails. */
export interface Property {
  readonly title: string
  readonly needs?: ReadonlyArray<Capability>
  readonly run: (on: TransportUnderTest) => Effect.Effect<void, unknown, Network.Network | Scope.Scope>
}

/** A group of properties with a title. */
export interface Chapter {
  readonly title: string
  readonly properties: ReadonlyArray<Property>
}

const loopback = Effect.succeed(SocketAddress.unsafeInet("127.0.0.1", 0))

/** Returns an address where nothing listens: listens on a free address, then closes the listener. */
const leftBehind = (free: TransportUnderTest["free"]): TransportUnderTest["deserted"] =>
  Effect.flatMap(free, address =>
    Network.listen(address).pipe(
      Effect.map(listener => listener.address),
      Effect.scoped,
      Effect.orDie
    )
  )

/** Fills in the defaults of a statement. */
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
      ...(statement.names === undefined ? { names: "the statement has no names" } : {}),
      ...(statement.unroutable === undefined ? { unroutable: "the statement has no unroutable address" } : {}),
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
