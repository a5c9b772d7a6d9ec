/**
 * Starts a server in the background, and drains it. A server that drains stops accepting, tells its handlers to finish,
 * and waits for them. Then it interrupts the handlers that still run. At last it aborts the connections that have still
 * not ended.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Listener from "../../Listener.ts"
import type * as Socket from "../../Socket.ts"
import type { AcceptError } from "../../SocketError.ts"
import { format } from "../address/index.ts"
import { shieldedCause } from "../text/index.ts"
import { monotonicOf } from "../waiting/index.ts"
import { type Draining, type Handler, type ListenerOf, type RunOptions, settingsOf } from "./options.ts"
import { prepare } from "./serve.ts"
import type { Serving } from "./serving.ts"

/**
 * How the connections of a drained server ended. Each field is a number of connections. `refused` counts connections
 * that waited to be accepted when the drain began. The other fields count connections that were open then.
 *
 * @since 0.1.0
 * @category models
 */
export interface Drained {
  /** The number of connections whose handler ended by itself, with any exit. */
  readonly finished: number
  /**
   * The number of connections whose handler the server interrupted, and that then ended. The server interrupts a
   * handler when `drainTimeout` or `handlerTimeout` has passed.
   */
  readonly interrupted: number
  /**
   * The number of connections whose handler, finalizer or `onOutcome` did not end, even after the server aborted the
   * connection.
   */
  readonly stuck: number
  /** The number of connections that waited to be accepted and were refused. */
  readonly refused: number
}

/**
 * A snapshot of an open connection of a server. `Service.connections` returns it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Connection {
  /** The address of our end. */
  readonly localAddress: Listener.Listener["address"]
  /** The address of the client. */
  readonly remoteAddress: Listener.Listener["address"]
  /**
   * The state of the connection. `Handling`: the handler runs. `Closing`: the handler has ended, and its Scope closes.
   */
  readonly state: "Handling" | "Closing"
  /** Time since the connection was accepted. */
  readonly age: Duration.Duration
  /** Bytes received so far. */
  readonly bytesReceived: number
  /** Bytes of the sends that have begun so far. */
  readonly bytesSent: number
}

/**
 * A server that runs in the background.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The address on which the server listens. If port 0 was requested, it has the port that the system chose. */
  readonly address: Listener.Listener["address"]
  /** Returns the open connections, in the order in which they were accepted. */
  readonly connections: Effect.Effect<ReadonlyArray<Connection>>
  /**
   * Drains the server, and returns how its connections ended. The server accepts no more, resets the connections that
   * wait to be accepted, and notifies the handlers through the service `Draining`. Then it waits for the handlers, at
   * most `drainTimeout`. After that it interrupts the handlers that still run, which resets their connections unless
   * `onFailure` of the listener is `close`. If a connection has not ended after `interruptTimeout`, the server aborts
   * it. If it still has not ended after another `interruptTimeout`, the server gives it up, with the reason `Stuck`.
   *
   * Never fails. An interruption of `drain` does not stop the drain. A second call waits for the same drain. Closing
   * the Scope of the server also drains the server.
   */
  readonly drain: Effect.Effect<Drained>
  /**
   * Waits until the server has drained, and returns how its connections ended. Fails with `AcceptError` if the server
   * stops accepting before a drain, because the listener has closed or the schedule `acceptRetry` has ended. The open
   * connections then stay open.
   */
  readonly join: Effect.Effect<Drained, AcceptError>
}

const connectionsOf = <E>({ clock, connections }: Serving<E>): Effect.Effect<ReadonlyArray<Connection>> =>
  Effect.suspend(() =>
    Effect.forEach(
      connections.lives.filter(live => live.state !== "Reporting"),
      ({ socket, started, state }) =>
        Effect.map(socket.stats, ({ bytesReceived, bytesSent }) => ({
          localAddress: socket.localAddress,
          remoteAddress: socket.remoteAddress,
          state: state === "Handling" ? ("Handling" as const) : ("Closing" as const),
          age: Duration.millis(monotonicOf(clock) - started),
          bytesReceived,
          bytesSent
        }))
    )
  )

/** Returns the text that a log shows for the end of accepting: the message of a failure, or a defect with its stack. */
const reasonFor = (cause: Cause.Cause<AcceptError>): string =>
  Option.match(Cause.failureOption(cause), {
    onNone: () => Cause.pretty(shieldedCause(cause)),
    onSome: ({ message }) => message
  })

/** Drains a server. Run it after accepting has ended. */
const drainOf = <E>(serving: Serving<E>, timeout: Duration.Duration): Effect.Effect<Drained> =>
  Effect.gen(function* () {
    const { connections, answers, listener, meter } = serving
    const stats = yield* listener.stats
    yield* listener.close
    meter.look(stats)
    meter.refused("Draining", stats.queued)
    const { lives } = connections
    const settled = [connections.settled(lives, timeout), answers.settled(answers.lives, timeout)]
    yield* Effect.all(settled, { concurrency: "unbounded", discard: true })
    yield* serving.end("Drained")
    // `handlerTimeout` can also interrupt a handler during the drain. A connection that was interrupted and is stuck
    // counts only as stuck.
    const stuck = lives.filter(({ isStuck }) => isStuck).length
    const interrupted = lives.filter(({ interruptedBy: because, isStuck }) => because !== undefined && !isStuck).length
    const drained = { finished: lives.length - interrupted - stuck, interrupted, stuck, refused: stats.queued }
    const numbers = Object.entries(drained).map(([what, number]) => `${number} ${what}`)
    const level = stuck > 0 ? LogLevel.Warning : interrupted > 0 ? LogLevel.Info : LogLevel.Debug
    yield* Effect.logWithLevel(level, `server ${format(listener.address)}: drained: ${numbers.join(", ")}`)
    return drained
  })

/** Starts a server in the background. The server accepts at once. The caller must drain the server. */
export const start = <E, R, R2, S extends Socket.Socket>(
  listener: ListenerOf<S>,
  handler: Handler<E, R, S>,
  options: RunOptions<E, R2> | undefined
): Effect.Effect<Service, never, Exclude<R | R2, Scope.Scope | Draining>> =>
  Effect.gen(function* () {
    const { drainTimeout } = settingsOf(options ?? {})
    const draining = yield* Deferred.make<void>()
    const over = yield* Deferred.make<Drained, AcceptError>()
    const serving = yield* prepare(listener, handler, options, {
      isDraining: Deferred.isDone(draining),
      await: Deferred.await(draining)
    })
    const accepting = yield* serving.accepting.pipe(
      Effect.tapErrorCause(cause =>
        Effect.logError(`server ${format(listener.address)}: stopped accepting: ${reasonFor(cause)}`)
      ),
      // Passes any failure of accepting to `join`, also a defect of a schedule or of a network. Otherwise `join` would
      // wait until a drain.
      Effect.catchAllCause(cause => Deferred.failCause(over, cause)),
      Effect.interruptible,
      Effect.forkDaemon
    )
    const drained = yield* Effect.cached(
      Effect.forkDaemon(
        Deferred.succeed(draining, undefined).pipe(
          Effect.zipRight(Fiber.interrupt(accepting)),
          Effect.zipRight(drainOf(serving, drainTimeout)),
          Effect.tap(drained => Deferred.succeed(over, drained)),
          Effect.uninterruptible
        )
      )
    )
    return {
      address: listener.address,
      connections: connectionsOf(serving),
      drain: Effect.flatMap(Effect.uninterruptible(drained), Fiber.join),
      join: Deferred.await(over)
    }
  })
