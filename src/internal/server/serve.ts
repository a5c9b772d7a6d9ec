/**
 * A server on a listener, as long as its fiber lives.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import type * as Scope from "effect/Scope"
import type * as Listener from "../../Listener.ts"
import * as Network from "../../Network.ts"
import type { AcceptError } from "../../SocketError.ts"
import { format } from "../address/index.ts"
import { Meter } from "./metrics.ts"
import { Draining, type Handler, type ServeOptions } from "./options.ts"
import { Serving } from "./serving.ts"

/** Where the network can tell: whether as many connections as are to be served at a time can be open. */
const warn = (address: Listener.Listener["address"], asked: number | undefined): Effect.Effect<void> =>
  asked === undefined
    ? Effect.void
    : Effect.gen(function* () {
        const network = yield* Effect.serviceOption(Network.Network)
        const descriptors = yield* Option.match(network, {
          onNone: () => Effect.succeedNone,
          onSome: n => n.descriptors
        })
        if (Option.isNone(descriptors)) return
        const { limit, open } = descriptors.value
        if (asked <= limit - open) return
        yield* Effect.logWarning(
          `server ${format(address)}: to serve ${asked} connections at a time is more than the limit of open files ` +
            `allows (${limit}, of which ${open} are in use); raise it (ulimit -n), or lower maxConnections`
        )
      })

/** A server that does not accept yet, with what it finds here. */
export const prepare = <E, R, R2>(
  listener: Listener.Listener,
  handler: Handler<E, R>,
  options: ServeOptions<E, R2> | undefined,
  draining: Context.Tag.Service<Draining>
): Effect.Effect<Serving<E>, never, Exclude<R | R2, Scope.Scope | Draining>> =>
  Effect.gen(function* () {
    yield* warn(listener.address, options?.maxConnections)
    const around = yield* Effect.runtime<Exclude<R | R2, Scope.Scope | Draining>>()
    const runtime = Runtime.make({
      context: Context.add(around.context, Draining, draining) as Context.Context<never>,
      // Once is enough.
      fiberRefs: FiberRefs.delete(around.fiberRefs, FiberRef.currentContext),
      // Whoever serves may not be interruptible just now.
      runtimeFlags: RuntimeFlags.enable(around.runtimeFlags, RuntimeFlags.Interruption)
    })
    const clock = yield* Effect.clock
    const meter = new Meter(yield* FiberRef.get(FiberRef.currentMetricLabels), yield* listener.stats)
    return new Serving<E>(listener, handler as Handler<E, never>, (options ?? {}) as ServeOptions<E>, {
      clock,
      meter,
      runtime
    })
  })

/** Of a server that does not drain. */
const never: Context.Tag.Service<Draining> = { isDraining: Effect.succeed(false), await: Effect.never }

/**
 * Accepts for ever, and runs `handler` for each connection, in a fiber and a Scope of its own. However it ends, its
 * connection ends with it, by the rule of every Scope (a close after success or a typed failure, a reset after a defect,
 * an interruption or with a send unfinished); the others live on; and what came of it goes to the Logger (a defect as an
 * error, a failure as a warning, a peer that has gone for debugging) and to `onOutcome`. Fails when the listener has
 * closed, or `acceptRetry` is done. Interrupted or failed, it interrupts all handlers and ends their connections, which
 * takes `interruptTimeout` twice at most.
 *
 * Where the network tells how many descriptors there are, too few of them for `maxConnections` are a warning.
 *
 * @since 0.1.0
 * @category serving
 */
export const serve = <E, R, R2 = never>(
  listener: Listener.Listener,
  handler: Handler<E, R>,
  options?: ServeOptions<NoInfer<E>, R2>
): Effect.Effect<never, AcceptError, Exclude<R | R2, Scope.Scope | Draining>> =>
  Effect.acquireUseRelease(
    prepare(listener, handler, options, never),
    serving => serving.accepting,
    serving => serving.end
  )
