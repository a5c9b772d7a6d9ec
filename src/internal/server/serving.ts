/**
 * A running server: it accepts connections, applies `maxConnections`, and reports how each connection ended.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Runtime from "effect/Runtime"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import type * as Listener from "../../Listener.ts"
import type * as Socket from "../../Socket.ts"
import type { AcceptError } from "../../SocketError.ts"
import { shieldedCause } from "../text/index.ts"
import { monotonicOf } from "../waiting/index.ts"
import { accepting, defaultRetry } from "./accepting.ts"
import { type Live, LiveConnections } from "./connections.ts"
import type { Meter } from "./metrics.ts"
import type { Handler, ServeOptions, Settings } from "./options.ts"
import { type Interruption, log, type Outcome, reasonOf, wordsOf } from "./outcome.ts"

/** The most `whenFull` handlers that run at the same time. */
const mostAnswers = 128
/** How long a `whenFull` handler may take. */
const answerTimeout = Duration.seconds(5)

/** The values that a server takes from the fiber that starts the server. */
export interface Surroundings {
  readonly clock: Clock.Clock
  /**
   * Runs the handlers and the functions in the options, with the services that they need. A handler also gets the Scope
   * of its connection.
   */
  readonly runtime: Runtime.Runtime<never>
  readonly meter: Meter
}

export class Serving<E> {
  readonly listener: Listener.Listener
  readonly meter: Meter
  readonly connections: LiveConnections<E>
  /** Connections beyond `maxConnections`, while the `whenFull` handler runs for them. */
  readonly answers: LiveConnections<unknown>
  private readonly handler: Handler<E, never>
  private readonly options: ServeOptions<E>
  private readonly most: number
  readonly clock: Clock.Clock
  private readonly runtime: Runtime.Runtime<never>

  constructor(
    listener: Listener.Listener,
    handler: Handler<E, never>,
    options: ServeOptions<E>,
    settings: Settings,
    { clock, meter, runtime }: Surroundings
  ) {
    this.listener = listener
    this.handler = handler
    this.options = options
    this.clock = clock
    this.runtime = runtime
    this.meter = meter
    const { handlerTimeout, interruptTimeout, maxConnections } = settings
    this.most = maxConnections
    this.connections = new LiveConnections<E>({
      clock,
      runtime,
      handlerTimeout,
      interruptTimeout,
      opened: change => meter.opened(change),
      report: (live, exit) => this.report(live, exit)
    })
    this.answers = new LiveConnections<unknown>({
      clock,
      runtime,
      handlerTimeout: Duration.min(answerTimeout, handlerTimeout),
      interruptTimeout,
      opened: () => {},
      report: ({ interruptedBy, socket }, exit) => {
        const reason = reasonOf(exit, interruptedBy, socket)
        return reason === "Succeeded"
          ? Effect.void
          : Effect.logDebug(...wordsOf("server: a whenFull handler did not succeed", reason, exit))
      }
    })
  }

  /**
   * Accepts connections until the listener closes or the schedule `acceptRetry` ends. Does not end the accepted
   * connections. `end` does that.
   */
  get accepting(): Effect.Effect<never, AcceptError> {
    const schedule = Schedule.mapInputContext(this.options.acceptRetry ?? defaultRetry, (own: Context.Context<never>) =>
      Context.merge(this.runtime.context, own)
    )
    const accepted = accepting(this.listener, schedule)
    const { whenFull } = this.options
    const mayAccept =
      whenFull === undefined || whenFull === "queue" ? this.connections.roomWithin(this.most) : Effect.void
    const one = Effect.uninterruptibleMask(restore =>
      Effect.zipRight(
        restore(mayAccept),
        Effect.flatMap(Scope.make(), scope =>
          // `restore` must be inside `extend`. If `restore` were outside, an interruption at the end of `extend` would
          // lose the accepted connection, and nothing would close it.
          Scope.extend(restore(accepted), scope).pipe(
            Effect.onExit(exit => (Exit.isFailure(exit) ? Scope.close(scope, exit) : Effect.void)),
            Effect.flatMap(socket => this.take(socket, scope))
          )
        )
      )
    )
    return Effect.forever(one)
  }

  private take(socket: Socket.Socket, scope: Scope.CloseableScope): Effect.Effect<void> {
    return Effect.flatMap(this.listener.stats, stats => {
      this.meter.look(stats)
      const { whenFull } = this.options
      if (this.connections.open < this.most) {
        this.connections.begin(socket, scope, this.handler)
        return Effect.void
      }
      this.meter.refused("Full", 1)
      if (typeof whenFull === "function" && this.answers.open < mostAnswers) {
        this.answers.begin(socket, scope, whenFull)
        return Effect.void
      }
      return Effect.zipRight(socket.abort, Scope.close(scope, Exit.void))
    })
  }

  /** Ends all connections. Run this effect uninterruptibly, after accepting has ended. */
  end(because: Interruption): Effect.Effect<void> {
    return Effect.zipRight(this.connections.endAll(because), this.answers.endAll(because))
  }

  private report(live: Live<E>, exit: Exit.Exit<void, E>): Effect.Effect<void> {
    // Reads `isStuck` before `onOutcome` runs. If `onOutcome` hangs, the server sets `isStuck` later, although the
    // handler has ended.
    const { isStuck } = live
    return Effect.flatMap(live.socket.stats, stats => {
      const reason = isStuck ? "Stuck" : reasonOf(exit, live.interruptedBy, live.socket)
      this.meter.ended(stats)
      if (reason !== "Succeeded") this.meter.failed(reason)
      const { localAddress, remoteAddress } = live.socket
      const { bytesReceived, bytesSent } = stats
      const age = Duration.millis(monotonicOf(this.clock) - live.started)
      const outcome = { localAddress, remoteAddress, reason, exit, age, bytesReceived, bytesSent }
      return Effect.ensuring(log(outcome), this.tell(outcome))
    })
  }

  private tell(outcome: Outcome<E>): Effect.Effect<void> {
    const { onOutcome } = this.options
    if (onOutcome === undefined) return Effect.void
    // `onOutcome` gets its own Scope. In the Scope of the server, the resources of `onOutcome` would stay open until
    // the server ends.
    const told = Effect.provide(Effect.scoped(Effect.suspend(() => onOutcome(outcome))), this.runtime.context)
    return Effect.catchAllCause(told, cause => Effect.logError("server: onOutcome died", shieldedCause(cause)))
  }
}
