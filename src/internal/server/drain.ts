/**
 * A server that runs in the background, and how it drains. It accepts no more, tells the handlers, waits for them,
 * interrupts them, and aborts their connections.
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
import type { AcceptError } from "../../SocketError.ts"
import { format } from "../address/index.ts"
import { shieldedCause } from "../text/index.ts"
import { monotonicOf } from "../waiting/index.ts"
import { type Draining, type Handler, type RunOptions, settingsOf } from "./options.ts"
import { prepare } from "./serve.ts"
import type { Serving } from "./serving.ts"

/**
 * How the connections ended that were live, or waited to be accepted, when the server began to drain. Each field is a
 * number of connections.
 *
 * @since 0.1.0
 * @category models
 */
export interface Drained {
  /** The handler ended by itself, with any exit. */
  readonly finished: number
  /** The server interrupted the handler, because `drainTimeout` or `handlerTimeout` had passed, and it ended. */
  readonly interrupted: number
  /** The handler, a finalizer or `onOutcome` did not end, even after the connection was aborted. */
  readonly stuck: number
  /** The connection waited to be accepted, and was reset. */
  readonly refused: number
}

/**
 * A live connection of a server, at the moment of the call.
 *
 * @since 0.1.0
 * @category models
 */
export interface Connection {
  readonly localAddress: Listener.Listener["address"]
  readonly remoteAddress: Listener.Listener["address"]
  /** `Handling`: the handler runs. `Closing`: the handler has ended, and its Scope closes. */
  readonly state: "Handling" | "Closing"
  /** Time since the connection was accepted. */
  readonly age: Duration.Duration
  readonly bytesReceived: number
  readonly bytesSent: number
}

/**
 * A server that runs in the background.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Where the server listens. If port 0 was requested, this is the port that the system chose. */
  readonly address: Listener.Listener["address"]
  /** Returns the live connections, in the order in which they were accepted. */
  readonly connections: Effect.Effect<ReadonlyArray<Connection>>
  /**
   * Drains the server, and returns how its connections ended. The server accepts no more, resets the connections that
   * wait to be accepted, and tells the handlers (`Draining`). Handlers have `drainTimeout` to end. Then the server
   * interrupts them, which resets their connections. After `interruptTimeout` it aborts the connections that are left.
   * After `interruptTimeout` again it gives them up as `Stuck`.
   *
   * Never fails. If it is interrupted, the drain goes on. A second call waits for the same drain. The Scope runs it
   * when it closes.
   */
  readonly drain: Effect.Effect<Drained>
  /**
   * Waits until the server has drained. Fails with `AcceptError` as soon as the server can accept no more: the listener
   * has closed, or `acceptRetry` is done. Its connections live on.
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

/** Describes why accepting ended: a failure by its message, a defect with its stack. */
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
    // `isStuck` may also come from `handlerTimeout`. A connection with `isStuck` and `interruptedBy` counts as stuck
    // only.
    const stuck = lives.filter(({ isStuck }) => isStuck).length
    const interrupted = lives.filter(({ interruptedBy: because, isStuck }) => because !== undefined && !isStuck).length
    const drained = { finished: lives.length - interrupted - stuck, interrupted, stuck, refused: stats.queued }
    const numbers = Object.entries(drained).map(([what, number]) => `${number} ${what}`)
    const level = stuck > 0 ? LogLevel.Warning : interrupted > 0 ? LogLevel.Info : LogLevel.Debug
    yield* Effect.logWithLevel(level, `server ${format(listener.address)}: drained: ${numbers.join(", ")}`)
    return drained
  })

/** Starts a server. It accepts from now on, and the caller must drain it. */
export const start = <E, R, R2>(
  listener: Listener.Listener,
  handler: Handler<E, R>,
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
      // A defect (of a schedule or of a network) counts too: otherwise `join` would wait forever.
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
