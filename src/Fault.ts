/**
 * What can go wrong on a simulated network, on command. A fault begins at once, also for what is on its way already, and
 * ends when its Scope closes; it is in the trace as `fault`, later as `heal`, and what it did to a segment is there too.
 * Of several of a kind the latest holds. Chance comes from the seed of the world, from a stream of its own for each way.
 *
 * Between hosts go streams, not packets, as TCP makes them: nothing is lost, doubled or out of order. What is lost on the
 * way is sent again after 0.2 s, and then after a time that doubles up to two minutes; what is behind it waits. After 15
 * times, some 15 minutes, the sender gives up, and its socket fails with `TimedOut` by the kernel. A connect is tried
 * again after 1, 3, 7 .. s, and given up after 127. So a host that is cut off does not refuse, it is silent; and an idle
 * connection does not notice.
 *
 * Hosts are given by their names, which are not told apart by case, and need not be there yet. Unix sockets need no
 * network: of these faults only `fragment`, `failNext`, `descriptors`, `reset`, `halfOpen` and `crash` concern them.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { codeFor } from "./internal/error/index.ts"
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
 * A fault that is there for as long as its Scope is open.
 *
 * @since 0.1.0
 * @category models
 */
export type Fault = Effect.Effect<void, never, SimulatedNetwork | Scope.Scope>

/**
 * @since 0.1.0
 * @category options
 */
export interface Direction {
  /** What goes from the first host to the second alone. Both ways by default. */
  readonly oneWay?: boolean | undefined
}

/**
 * Why an operation can be made to fail.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reasons {
  readonly connect: ConnectReason
  readonly listen: ListenReason
  readonly resolve: ResolveError["reason"]
  readonly recv: "Reset" | "TimedOut" | "HostUnreachable" | "Unknown"
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
 * Nothing gets from one to the other, and what is on its way is lost. Nobody is told: a connect hangs, a send goes
 * nowhere, until one of them gives up. When it ends, what was lost arrives as soon as it is sent again.
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
 * Everything stays on its way, without being lost and for however long, until it ends: then it goes on.
 *
 * @since 0.1.0
 * @category ways
 */
export const hold = (a: string, b: string, options?: Direction): Fault =>
  scoped(world => internal.hold(world, between(a, b, options)))

/**
 * Everything takes so long. What was sent first still arrives first.
 *
 * @since 0.1.0
 * @category ways
 */
export const latency = (a: string, b: string, latency: Latency | Duration.DurationInput, options?: Direction): Fault =>
  scoped(world => internal.latency(world, between(a, b, options), latencyOf(latency)))

/**
 * So many bytes a second fit through, of all connections in a direction together; the others queue.
 *
 * @since 0.1.0
 * @category ways
 */
export const bandwidth = (a: string, b: string, bytesPerSecond: number, options?: Direction): Fault =>
  scoped(world => internal.bandwidth(world, between(a, b, options), bytesPerSecond))

/**
 * Each segment is lost with the probability, from 0 to 1, each time that it is sent.
 *
 * @since 0.1.0
 * @category ways
 */
export const loss = (a: string, b: string, probability: number, options?: Direction): Fault =>
  scoped(world => internal.loss(world, between(a, b, options), probability))

/**
 * In each segment of bytes one bit is flipped with the probability, from 0 to 1: what TCP's checksum did not see.
 *
 * @since 0.1.0
 * @category ways
 */
export const corrupt = (a: string, b: string, probability: number, options?: Direction): Fault =>
  scoped(world => internal.corrupt(world, between(a, b, options), probability))

/**
 * The general rule underneath: it is asked about every segment, and what it says holds whatever else is wrong. Where it
 * says nothing the next rule is asked, in the order in which they were made, and then it goes as it would. A rule has to
 * be a function of the segment and of what it has seen of others.
 *
 * @since 0.1.0
 * @category ways
 */
export const rule = (decide: (segment: Segment) => Action | undefined): Fault =>
  scoped(world => internal.rule(world, decide))

/**
 * In what sizes bytes are received and sends are accepted, on all connections: `"bytes"` one at a time, `"whole"` as much
 * as there is at once, `"random"` anything between.
 *
 * @since 0.1.0
 * @category connections
 */
export const fragment = (how: Fragmentation): Fault => scoped(world => internal.fragment(world, how))

/**
 * Somebody on the way resets a connection, at both ends, by its number in the trace. Gives whether there is one.
 *
 * @since 0.1.0
 * @category connections
 */
export const reset = (connection: number): Effect.Effect<boolean, never, SimulatedNetwork> =>
  inWorld(world => internal.reset(world, connection))

/**
 * One end of a connection is gone, the one that connected or the one that was accepted; its program is told that it timed
 * out. The other end is not told: it learns it by a reset when it sends. Gives whether there is such a connection.
 *
 * @since 0.1.0
 * @category connections
 */
export const halfOpen = (
  connection: number,
  gone: "connected" | "accepted"
): Effect.Effect<boolean, never, SimulatedNetwork> => inWorld(world => internal.halfOpen(world, connection, gone))

/**
 * Whoever connects to the host is refused, as if nobody listened.
 *
 * @since 0.1.0
 * @category hosts
 */
export const refuse = (host: string): Fault => scoped(world => internal.refuse(world, host))

/**
 * Whoever connects to the host hears nothing, as if its backlog were full.
 *
 * @since 0.1.0
 * @category hosts
 */
export const hang = (host: string): Fault => scoped(world => internal.hang(world, host))

/**
 * The next operations of a host fail, so many of them (1 by default), each with an error as the system would make it.
 * `recv` and `send` break the connection on which they are: a `recv` when there is something to receive.
 *
 * @since 0.1.0
 * @category hosts
 */
export const failNext = <Operation extends keyof Reasons>(
  host: string,
  operation: Operation,
  reason: Reasons[Operation],
  times = 1
): Fault => scoped(world => internal.failNext(world, host, operation, codeFor(operation, reason), times))

/**
 * A host may have so many sockets; those that it has stay.
 *
 * @since 0.1.0
 * @category hosts
 */
export const descriptors = (host: string, count: number): Fault =>
  scoped(world => internal.descriptors(world, host, count))

/**
 * To look up a name takes the host so long.
 *
 * @since 0.1.0
 * @category hosts
 */
export const slowNames = (host: string, latency: Latency | Duration.DurationInput): Fault =>
  scoped(world => internal.slowNames(world, host, latencyOf(latency)))

/**
 * The host goes dark: nothing arrives there, what it sends vanishes, all of its sockets and listeners are gone and nobody
 * is told. What `SimulatedNetwork.runOn` runs on it is interrupted, and nobody waits for it; its operations fail from now
 * on. When the Scope closes it restarts. A host that is down already stays so, until the last of those Scopes has closed.
 *
 * @since 0.1.0
 * @category hosts
 */
export const crash = (host: string): Fault =>
  Effect.asVoid(Effect.acquireRelease(Effect.flatten(inWorld(world => internal.crash(world, host))), end => end))

/**
 * Brings a host back that has crashed, without what it had: its programs are started anew, and whoever sends on a
 * connection of before is reset. Does nothing for a host that is up.
 *
 * @since 0.1.0
 * @category hosts
 */
export const restart = (host: string): Effect.Effect<void, never, SimulatedNetwork> =>
  Effect.flatten(inWorld(world => internal.restart(world, host)))
