/**
 * Faults of a simulated network. A fault begins at once. A fault between two hosts also applies to segments in flight.
 * A fault ends when its Scope closes. The trace records its start as `fault` and its end as `heal`. The trace also
 * records each segment that was dropped, delayed by a rule, duplicated, corrupted or reset. If several faults set the
 * same property, such as the latency between two hosts, the latest applies. Random choices come from the seed of the
 * world. Each direction between two hosts has its own random streams.
 *
 * Connections carry streams of bytes, as TCP does. A program receives each byte at most once, in order and without
 * gaps. A lost segment, other than a reset, is retransmitted after 0.2 s, and then at intervals that double, up to 2
 * minutes. Segments behind it wait. After 15 retransmissions (about 15 minutes) the sender gives up, and its socket
 * fails with `TimedOut` and `by: "kernel"`. A connect is retried after 1, 3, 7, ... s and fails after 127 s. So a host
 * that is cut off does not refuse connections: it does not answer. An idle connection does not notice the fault.
 *
 * Names of hosts may be in upper or lower case, and the hosts need not exist yet. Unix sockets do not use the network:
 * only `fragment`, `failNext`, `descriptors`, `reset`, `halfOpen` and `crash` affect them.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { codeFor } from "./internal/error/index.ts"
import * as option from "./internal/option/index.ts"
import type { Action, Fragmentation, Segment } from "./internal/simulated/link/index.ts"
import * as internal from "./internal/simulated/world/index.ts"
import { insideOf, latencyOf, type World } from "./internal/simulated/world/index.ts"
import type { Latency } from "./Latency.ts"
import { SimulatedNetwork } from "./SimulatedNetwork.ts"
import type { ConnectReason, ListenReason, ResolveError } from "./SocketError.ts"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Action,
  /**
   * @since 0.1.0
   * @category models
   */
  Fragmentation,
  /**
   * @since 0.1.0
   * @category models
   */
  Segment
} from "./internal/simulated/link/index.ts"

/**
 * A fault. It begins when the effect runs, and ends when the Scope closes.
 *
 * @since 0.1.0
 * @category models
 */
export type Fault = Effect.Effect<void, never, SimulatedNetwork | Scope.Scope>

/**
 * Options of a fault between two hosts: whether it applies in both directions.
 *
 * @since 0.1.0
 * @category options
 */
export interface Direction {
  /** True if the fault applies only to segments from the first host to the second. Default: false. */
  readonly oneWay?: boolean | undefined
}

/**
 * The reasons with which `failNext` can make each operation fail.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reasons {
  /** The reasons of a failing `connect`. */
  readonly connect: ConnectReason
  /** The reasons of a failing `listen`. */
  readonly listen: ListenReason
  /** The reasons of a failing `resolve`. */
  readonly resolve: ResolveError["reason"]
  /** The reasons of a failing `recv`. */
  readonly recv: "Reset" | "TimedOut" | "HostUnreachable" | "Unknown"
  /** The reasons of a failing `send`. */
  readonly send: "BrokenPipe" | "Reset" | "TimedOut" | "HostUnreachable" | "Unknown"
}

const inWorld = <A>(use: (world: World) => A): Effect.Effect<A, never, SimulatedNetwork> =>
  Effect.map(SimulatedNetwork, world => use(insideOf(world)))

const scoped = (begin: (world: World) => internal.End): Fault =>
  Effect.asVoid(Effect.acquireRelease(inWorld(begin), end => Effect.sync(end)))

const between = (a: string, b: string, options: Direction | undefined): internal.Between => ({
  a,
  b,
  oneWay: options?.oneWay ?? false
})

/**
 * Drops all segments between two hosts, including those in flight. Neither host is notified. A connect waits, and sent
 * bytes do not arrive. If the fault lasts long enough, the sender gives up. After the fault has ended, lost segments
 * arrive with their next retransmission.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import { Network } from "effect-sockets"
 * import * as Fault from "effect-sockets/Fault"
 * import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"
 *
 * const cutOff = Effect.gen(function* () {
 *   yield* SimulatedNetwork.runOn("server", Effect.never)
 *   yield* Fault.partition("simulated", "server")
 *   return yield* Network.connect("server:8080", { timeout: "5 seconds" })
 * })
 *
 * // Fails with "connect server:8080: timed out after 5s; tried [fd00::2]:8080, 10.0.0.2:8080", and takes no real time.
 * export const program = SimulatedNetwork.run(cutOff)
 * ```
 *
 * @since 0.1.0
 * @category ways
 */
export const partition = (a: string, b: string, options?: Direction): Fault =>
  scoped(world => internal.partition(world, between(a, b, options)))

/**
 * Holds all segments between two hosts, including those in flight, until the fault ends. No segment is lost, however
 * long the fault lasts. When the fault ends, the held segments are sent again, with the latency that the link has then.
 *
 * @since 0.1.0
 * @category ways
 */
export const hold = (a: string, b: string, options?: Direction): Fault =>
  scoped(world => internal.hold(world, between(a, b, options)))

/**
 * Sets how long each segment takes from one host to the other. The latency also applies to segments in flight. The
 * segments of one direction of a connection still arrive in order.
 *
 * @since 0.1.0
 * @category ways
 */
export const latency = (a: string, b: string, latency: Latency | Duration.DurationInput, options?: Direction): Fault =>
  scoped(world => internal.latency(world, between(a, b, options), latencyOf(latency)))

/**
 * Limits how many bytes per second pass between two hosts. All connections share the bandwidth of a direction. Bytes
 * beyond the bandwidth wait in a queue.
 *
 * @since 0.1.0
 * @category ways
 */
export const bandwidth = (a: string, b: string, bytesPerSecond: number, options?: Direction): Fault =>
  scoped(world => internal.bandwidth(world, between(a, b, options), option.count("bytesPerSecond", bytesPerSecond, 0)))

/**
 * Drops segments between two hosts with a probability from 0 to 1. A retransmission of a dropped segment is dropped
 * with the same probability.
 *
 * @since 0.1.0
 * @category ways
 */
export const loss = (a: string, b: string, probability: number, options?: Direction): Fault =>
  scoped(world => internal.loss(world, between(a, b, options), option.probability("probability", probability)))

/**
 * Flips one bit of each data segment between two hosts with a probability from 0 to 1. This simulates an error that the
 * checksum of TCP does not detect.
 *
 * @since 0.1.0
 * @category ways
 */
export const corrupt = (a: string, b: string, probability: number, options?: Direction): Fault =>
  scoped(world => internal.corrupt(world, between(a, b, options), option.probability("probability", probability)))

/**
 * Decides about each segment with a function, also about segments in flight. If the function returns an action, that
 * action applies, and other faults do not. Latency, bandwidth and crashes still apply: no segment reaches or leaves a
 * crashed host. If the function returns undefined, the next rule decides, in the order in which the rules were made. If
 * no rule decides, the other faults apply.
 *
 * The result of the function may depend only on this segment and on earlier ones. Otherwise two runs with the same seed
 * can differ.
 *
 * @since 0.1.0
 * @category ways
 */
export const rule = (decide: (segment: Segment) => Action | undefined): Fault =>
  scoped(world => internal.rule(world, decide))

/**
 * Sets how many bytes the network takes from a sender and passes to a receiver at a time, on all connections.
 * `"bytes"`: one byte at a time. `"whole"`: all available bytes at once. `"random"`: a random number of bytes at a
 * time.
 *
 * @since 0.1.0
 * @category connections
 */
export const fragment = (how: Fragmentation): Fault =>
  scoped(world => internal.fragment(world, option.requiredOneOf("how", how, ["bytes", "whole", "random"])))

/**
 * Resets a connection at both ends, as a network device between them could. `connection` is its number in the trace.
 * Returns false if there is no such connection.
 *
 * @since 0.1.0
 * @category connections
 */
export const reset = (connection: number): Effect.Effect<boolean, never, SimulatedNetwork> =>
  inWorld(world => internal.reset(world, connection))

/**
 * Removes one end of a connection: the end that connected, or the end that was accepted. The socket of that end fails
 * with `TimedOut`. The other end is not notified: it is reset when it sends (Unix sockets: the send fails with
 * `BrokenPipe`). Returns false if there is no such end.
 *
 * @since 0.1.0
 * @category connections
 */
export const halfOpen = (
  connection: number,
  gone: "connected" | "accepted"
): Effect.Effect<boolean, never, SimulatedNetwork> => inWorld(world => internal.halfOpen(world, connection, gone))

/**
 * Refuses every connect to a host, as if nothing listened there.
 *
 * @since 0.1.0
 * @category hosts
 */
export const refuse = (host: string): Fault => scoped(world => internal.refuse(world, host))

/**
 * Leaves every connect to a host without an answer, as if the backlog of the listener were full.
 *
 * @since 0.1.0
 * @category hosts
 */
export const hang = (host: string): Fault => scoped(world => internal.hang(world, host))

/**
 * Makes the next operations of a host fail, with the error that the operating system would report. `times` is the
 * number of operations that fail. Default: 1. When the Scope closes, the remaining failures are canceled.
 *
 * A failing `recv` or `send` also breaks its connection. A `recv` fails only when there is something to receive.
 *
 * @since 0.1.0
 * @category hosts
 */
export const failNext = <Operation extends keyof Reasons>(
  host: string,
  operation: Operation,
  reason: Reasons[Operation],
  times = 1
): Fault =>
  scoped(world =>
    internal.failNext(world, host, operation, codeFor(operation, reason), option.count("times", times, 1))
  )

/**
 * Sets how many sockets a host may have. Sockets that are already open stay open. At the limit, a connect or listen on
 * the host fails with `TooManyOpenFiles`, and a connection to the host is reset.
 *
 * @since 0.1.0
 * @category hosts
 */
export const descriptors = (host: string, count: number): Fault =>
  scoped(world => internal.descriptors(world, host, option.count("count", count, 0)))

/**
 * Sets how long it takes a host to look up the addresses of a name.
 *
 * @since 0.1.0
 * @category hosts
 */
export const slowNames = (host: string, latency: Latency | Duration.DurationInput): Fault =>
  scoped(world => internal.slowNames(world, host, latencyOf(latency)))

/**
 * Crashes a host. Its sockets and listeners are gone, and no peer is notified. Segments in flight to the host are lost.
 * Segments that the host has already sent to other hosts still arrive.
 *
 * Programs that `SimulatedNetwork.runOn` has started there are killed, as by SIGKILL. None of their fibers takes
 * another step: no finalizer, no uninterruptible region and no daemon runs. So they cannot release resources outside
 * the network, such as a lock in a storage. A fiber that waits for one of their fibers gets an interruption. To stop a
 * program gracefully, close the Scope of `runOn`.
 *
 * Other programs can use the network of the host too (`layerHost`). The crash does not kill them, but their operations
 * fail. Operations on old sockets fail 1 ms after the crash. Bytes sent on these sockets in that millisecond are lost.
 *
 * When the Scope closes, the host restarts. If several crashes of the host overlap, it restarts when the last Scope
 * closes. A program that crashes its own host stays down until `restart`, because its Scope does not close.
 *
 * @since 0.1.0
 * @category hosts
 */
export const crash = (host: string): Fault =>
  Effect.asVoid(Effect.acquireRelease(Effect.flatten(inWorld(world => internal.crash(world, host))), end => end))

/**
 * Restarts a host that has crashed, even if the Scope of the crash is still open. The old sockets do not come back: a
 * peer that sends on an old connection is reset. The programs of the host start again, without waiting for their
 * earlier runs. Does nothing if the host is up.
 *
 * @since 0.1.0
 * @category hosts
 */
export const restart = (host: string): Effect.Effect<void, never, SimulatedNetwork> =>
  Effect.flatten(inWorld(world => internal.restart(world, host)))
