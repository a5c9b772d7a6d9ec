/**
 * A server that runs beside the program, and how it drains: no more is accepted, handlers are told, waited for,
 * interrupted, and in the end their connections aborted.
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
import type { Draining, Handler, RunOptions } from "./options.ts"
import { prepare } from "./serve.ts"
import type { Serving } from "./serving.ts"

/**
 * What became of the connections that there were when the server began to drain.
 *
 * @since 0.1.0
 * @category models
 */
export interface Drained {
  /** Their handlers ended by themselves, whatever they came to. */
  readonly finished: number
  /** Their handlers were interrupted: when `drainTimeout` had passed, or their `handlerTimeout` before it. */
  readonly interrupted: number
  /** Their handlers, finalizers or `onOutcome` could not be interrupted, nor did they end by it that connections aborted. */
  readonly stuck: number
  /** They waited to be accepted, and were reset. */
  readonly refused: number
}

/**
 * A connection of a server, as it is now.
 *
 * @since 0.1.0
 * @category models
 */
export interface Connection {
  readonly localAddress: Listener.Listener["address"]
  readonly remoteAddress: Listener.Listener["address"]
  /** Its handler runs, or has ended and the connection closes. */
  readonly state: "Handling" | "Closing"
  /** Since it was accepted. */
  readonly age: Duration.Duration
  readonly bytesReceived: number
  readonly bytesSent: number
}

/**
 * A server that runs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Where it listens, with the port that it really has. */
  readonly address: Listener.Listener["address"]
  /** The connections that there are, in the order in which they were accepted. */
  readonly connections: Effect.Effect<ReadonlyArray<Connection>>
  /**
   * Accepts no more, resets what waited for it, tells the handlers (`Draining`), and gives them `drainTimeout` to end.
   * Then it interrupts them, which resets their connections, and gives them `interruptTimeout` to end by it; then it
   * aborts their connections and gives them as long again, and then it is over, whatever they do. Asked for again, it is
   * the same one. Interrupted, it goes on. The Scope runs it in the end.
   */
  readonly drain: Effect.Effect<Drained>
  /** Waits until it has drained. Fails when it can accept no more; what it has accepted lives on. */
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
          age: Duration.millis(clock.unsafeCurrentTimeMillis() - started),
          bytesReceived,
          bytesSent
        }))
    )
  )

/** In words: a defect with all that is known of it. */
const reasonFor = (cause: Cause.Cause<AcceptError>): string =>
  Option.match(Cause.failureOption(cause), { onNone: () => Cause.pretty(cause), onSome: ({ message }) => message })

/** Accepting has ended. */
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
    yield* serving.end
    // Who is given up may have been so before: by its `handlerTimeout`.
    const stuck = lives.filter(({ isStuck }) => isStuck).length
    const interrupted = lives.filter(({ interruptedBy: because, isStuck }) => because !== undefined && !isStuck).length
    const drained = { finished: lives.length - interrupted - stuck, interrupted, stuck, refused: stats.queued }
    const numbers = Object.entries(drained).map(([what, number]) => `${number} ${what}`)
    const level = interrupted + stuck > 0 ? LogLevel.Warning : LogLevel.Debug
    yield* Effect.logWithLevel(level, `server ${format(listener.address)}: drained: ${numbers.join(", ")}`)
    return drained
  })

/** Accepts from now on. It has to be drained. */
export const start = <E, R, R2>(
  listener: Listener.Listener,
  handler: Handler<E, R>,
  options: RunOptions<E, R2> | undefined
): Effect.Effect<Service, never, Exclude<R | R2, Scope.Scope | Draining>> =>
  Effect.gen(function* () {
    const draining = yield* Deferred.make<void>()
    const over = yield* Deferred.make<Drained, AcceptError>()
    const serving = yield* prepare(listener, handler, options, {
      isDraining: Deferred.isDone(draining),
      await: Deferred.await(draining)
    })
    const accepting = yield* serving.accepting.pipe(
      Effect.tapErrorCause(cause =>
        Effect.logError(`server ${format(listener.address)}: accepts no more: ${reasonFor(cause)}`)
      ),
      // Also a defect, of a schedule or of a network: or else whoever joins would wait for ever.
      Effect.catchAllCause(cause => Deferred.failCause(over, cause)),
      Effect.interruptible,
      Effect.forkDaemon
    )
    const drained = yield* Effect.cached(
      Effect.forkDaemon(
        Deferred.succeed(draining, undefined).pipe(
          Effect.zipRight(Fiber.interrupt(accepting)),
          Effect.zipRight(drainOf(serving, Duration.decode(options?.drainTimeout ?? "10 seconds"))),
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
