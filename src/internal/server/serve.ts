/**
 * Runs a server in the foreground. The calling fiber accepts connections until it fails or is interrupted.
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
import type * as Socket from "../../Socket.ts"
import type { AcceptError } from "../../SocketError.ts"
import { format } from "../address/index.ts"
import { requiredCallback } from "../option/index.ts"
import { Meter } from "./metrics.ts"
import { Draining, type Handler, type ListenerOf, type ServeOptions, settingsOf } from "./options.ts"
import { Serving } from "./serving.ts"

/**
 * Logs a warning if the process has fewer file descriptors left than `maxConnections`. If no network in the context
 * knows how many are left, does nothing.
 */
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
          `server ${format(address)}: maxConnections is ${asked}, but only ${limit - open} more files can be opened ` +
            `(limit ${limit}, ${open} in use); raise the limit (ulimit -n) or lower maxConnections`
        )
      })

/** Makes a server with the runtime, Clock and metric labels of the current fiber. The server does not accept yet. */
export const prepare = <E, R, R2, S extends Socket.Socket>(
  listener: ListenerOf<S>,
  handler: Handler<E, R, S>,
  options: ServeOptions<E, R2> | undefined,
  draining: Context.Tag.Service<Draining>
): Effect.Effect<Serving<E>, never, Exclude<R | R2, Scope.Scope | Draining>> =>
  Effect.gen(function* () {
    const settings = settingsOf(options ?? {})
    requiredCallback("handler", handler)
    yield* warn(listener.address, options?.maxConnections)
    const around = yield* Effect.runtime<Exclude<R | R2, Scope.Scope | Draining>>()
    const runtime = Runtime.make({
      context: Context.add(around.context, Draining, draining) as Context.Context<never>,
      // `runFork` sets `currentContext` to `context` above. So a copy of the value here would only cost memory.
      fiberRefs: FiberRefs.delete(around.fiberRefs, FiberRef.currentContext),
      // Handlers must be interruptible, even if the current fiber is not.
      runtimeFlags: RuntimeFlags.enable(around.runtimeFlags, RuntimeFlags.Interruption)
    })
    const clock = yield* Effect.clock
    const meter = new Meter(yield* FiberRef.get(FiberRef.currentMetricLabels), yield* listener.stats)
    // The listener returns the sockets that the handler expects.
    const given = handler as unknown as Handler<E, never>
    return new Serving<E>(listener, given, (options ?? {}) as ServeOptions<E>, settings, { clock, meter, runtime })
  })

/** The `Draining` service of `serve`, which never drains. */
const never: Context.Tag.Service<Draining> = { isDraining: Effect.succeed(false), await: Effect.never }

/**
 * Runs a server in the foreground. It accepts connections without end, and runs `handler` for each connection, up to
 * `maxConnections` at a time, in its own fiber and Scope. When a handler ends, only its own connection ends. The option
 * `onFailure` of the listener can change how:
 * - After a success or a typed failure, the connection is closed.
 * - After a defect or an interruption, or if a send is unfinished, the connection is reset.
 *
 * Each outcome is passed to `onOutcome`. An outcome other than a success is also logged:
 * - A defect, or a handler or finalizer that does not end: as an error, with a stack if there is one.
 * - A failure: as a warning, with a stack.
 * - An interruption because of `handlerTimeout`: as one line at info level.
 * - A peer that is gone, idle or slow, and any other interruption: as one line at debug level.
 *
 * Fails with `AcceptError` when the listener has closed, or when the schedule `acceptRetry` has ended. If `serve` fails
 * or is interrupted, it first ends all connections. It interrupts their handlers. If a connection has not ended after
 * `interruptTimeout`, `serve` aborts it. If the connection or its `onOutcome` still has not ended after another
 * `interruptTimeout`, `serve` gives it up. Then `serve` ends the `whenFull` handlers in the same way.
 *
 * Logs a warning if `maxConnections` is more than the number of file descriptors that are left. If no network in the
 * context knows this number, there is no warning.
 *
 * @since 0.1.0
 * @category serving
 */
export const serve = <E, R, R2 = never, S extends Socket.Socket = Socket.Socket>(
  listener: ListenerOf<S>,
  handler: Handler<E, R, S>,
  options?: ServeOptions<NoInfer<E>, R2>
): Effect.Effect<never, AcceptError, Exclude<R | R2, Scope.Scope | Draining>> =>
  Effect.acquireUseRelease(
    prepare(listener, handler, options, never),
    serving => serving.accepting,
    serving => serving.end("Interrupted")
  )
