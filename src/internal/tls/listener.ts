/**
 * A listener that does a handshake of TLS for each connection. Each handshake runs in its own fiber, so a silent peer
 * does not delay other peers.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Pipeable from "effect/Pipeable"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import * as Listener from "../../Listener.ts"
import type * as Socket from "../../Socket.ts"
import type * as SocketAddress from "../../SocketAddress.ts"
import { AcceptError } from "../../SocketError.ts"
import { AcceptQueue } from "../accept/index.ts"
import { format } from "../address/index.ts"
import { callback, count } from "../option/index.ts"
import { connectionIn } from "../stream/index.ts"
import type { TlsConfigError, TlsError } from "./errors.ts"
import { HandshakeMeter } from "./metrics.ts"
import type { ServerOptions, Service, TlsSocket } from "./model.ts"

/**
 * Options of a listener with TLS.
 *
 * @since 0.1.0
 * @category options
 */
export interface ListenerOptions extends ServerOptions {
  /**
   * How many handshakes may run at the same time. Further connections wait in the accept queue of the plain listener.
   * The handshake of a silent peer runs until `handshakeTimeout`. So with a low limit, silent peers delay other peers.
   * Default: 1024.
   */
  readonly handshakes?: number | undefined
  /** How many connections may wait for `accept` after their handshakes. Further ones are refused. Default: 128. */
  readonly acceptQueue?: number | undefined
  /** Called for each handshake that failed. Default: logs the message at debug level. */
  readonly onHandshakeError?: ((error: TlsError) => Effect.Effect<void>) | undefined
}

/**
 * The counters of a listener with TLS.
 *
 * @since 0.1.0
 * @category models
 */
export interface TlsListenerStats extends Listener.Stats {
  /** Connections that `accept` has not returned yet. They wait for a handshake, are in one, or have done it. */
  readonly queued: number
  /** Handshakes that run now. */
  readonly handshaking: number
  /** Handshakes that failed so far. */
  readonly failed: number
}

/**
 * A listener that does a handshake for each connection. `accept` returns a connection after its handshake.
 *
 * @since 0.1.0
 * @category models
 */
export interface TlsListener extends Listener.Listener {
  readonly accept: Effect.Effect<TlsSocket, AcceptError, Scope.Scope>
  readonly stats: Effect.Effect<TlsListenerStats>
}

/** A connection after its handshake. `scope` closes the connection. */
interface Ready {
  readonly socket: TlsSocket
  readonly transport: Socket.Transport
  readonly scope: Scope.CloseableScope
}

/**
 * Adds a finalizer to the Scope, and returns a function that gives a connection to the finalizer. So `accept` can take
 * a connection and give it to the Scope in one step, and an interruption loses no connection.
 */
const readyLater = (scope: Scope.Scope): Effect.Effect<(ready: Ready) => TlsSocket> =>
  Effect.suspend(() => {
    let owned: Ready | undefined
    let closed: Exit.Exit<unknown, unknown> | undefined
    const own = (ready: Ready) => {
      owned = ready
      if (closed !== undefined) Effect.runFork(Scope.close(ready.scope, closed))
      return ready.socket
    }
    const finalizer = (exit: Exit.Exit<unknown, unknown>) => {
      closed = exit
      return owned === undefined ? Effect.void : Scope.close(owned.scope, exit)
    }
    return Effect.as(Scope.addFinalizerExit(scope, finalizer), own)
  })

class TlsListenerImpl extends Inspectable.Class implements TlsListener {
  readonly [Listener.TypeId]: Listener.TypeId = Listener.TypeId
  readonly address: SocketAddress.Resolved
  readonly accept: Effect.Effect<TlsSocket, AcceptError, Scope.Scope>
  readonly close: Effect.Effect<void>
  readonly stats: Effect.Effect<TlsListenerStats>
  private readonly plain: Listener.Listener
  private readonly tls: Service
  private readonly options: ListenerOptions
  private readonly most: number
  private readonly ready: AcceptQueue<Ready>
  private readonly readyOf = new WeakMap<Socket.Transport, Ready>()
  private readonly meter: HandshakeMeter
  /** The fibers of the handshakes that run. */
  private readonly running = new Set<Fiber.RuntimeFiber<void>>()
  private handshaking = 0
  private failed = 0
  /** Wakes the accept loop. Set while the loop waits until fewer than `most` handshakes run. */
  private wake: (() => void) | undefined

  constructor(
    plain: Listener.Listener,
    tls: Service,
    options: ListenerOptions,
    runtime: Runtime.Runtime<never>,
    meter: HandshakeMeter
  ) {
    super()
    this.meter = meter
    this.plain = plain
    this.tls = tls
    this.options = options
    callback("onHandshakeError", options.onHandshakeError)
    this.most = count("handshakes", options.handshakes, 1024, 1)
    this.address = plain.address
    this.ready = new AcceptQueue<Ready>({
      address: plain.address,
      capacity: count("acceptQueue", options.acceptQueue, 128),
      open: ready => ready.transport,
      refuse: ({ scope }) => {
        Runtime.runFork(runtime)(Scope.close(scope, Exit.interrupt(FiberId.none)))
      },
      close: plain.close
    })
    this.accept = Effect.scopeWith(scope =>
      Effect.flatMap(this.ready.accept, take =>
        Effect.flatMap(readyLater(scope), own => Effect.sync(() => own(this.readyOf.get(take())!)))
      )
    )
    // Interrupts running handshakes, because a handshake with a silent peer would otherwise run until its timeout.
    this.close = Effect.zipRight(
      this.ready.close,
      Effect.suspend(() => Fiber.interruptAll(this.running))
    )
    this.stats = Effect.map(Effect.zip(plain.stats, this.ready.stats), ([plain, ready]) => ({
      ...plain,
      queued: plain.queued + this.handshaking + ready.queued,
      accepted: ready.accepted,
      refused: plain.refused + ready.refused,
      handshaking: this.handshaking,
      failed: this.failed
    }))
  }

  /** Accepts connections and starts their handshakes, until the plain listener closes. */
  get loop(): Effect.Effect<void, never, Scope.Scope> {
    const one = Effect.zipRight(
      this.room,
      Effect.flatMap(Scope.make(), scope =>
        Effect.uninterruptibleMask(restore =>
          Effect.flatMap(Effect.exit(restore(Scope.extend(this.plain.accept, scope))), accepted =>
            Exit.isSuccess(accepted)
              ? this.begin(accepted.value, scope)
              : Effect.zipRight(Scope.close(scope, accepted), Exit.asVoid(accepted))
          )
        )
      )
    )
    const loop: Effect.Effect<void, never, Scope.Scope> = Effect.catchAll(Effect.forever(one), error =>
      Effect.suspend(() => {
        if (error.reason === "Closed") return Effect.sync(() => this.ready.end(error))
        this.ready.fail(error)
        return loop
      })
    )
    // A defect ends this listener. Otherwise every accept would wait forever.
    return Effect.tapErrorCause(loop, cause =>
      Cause.isInterruptedOnly(cause)
        ? Effect.void
        : Effect.zipRight(
            Effect.logError("the listener below died, so this listener accepts no more", cause),
            Effect.sync(() =>
              this.ready.end(new AcceptError({ reason: "Closed", address: this.address, cause: Cause.squash(cause) }))
            )
          )
    )
  }

  private look(): void {
    const { wake } = this
    if (this.handshaking >= this.most) return
    this.wake = undefined
    wake?.()
  }

  /** Waits until fewer than `most` handshakes run. */
  private readonly room = Effect.async<void>(resume => {
    this.wake = () => resume(Effect.void)
    this.look()
  })

  private begin(socket: Socket.Socket, scope: Scope.CloseableScope): Effect.Effect<void, never, Scope.Scope> {
    this.handshaking += 1
    this.meter.changed(1)
    const handshake = Effect.interruptible(Scope.extend(this.tls.server(socket, this.options), scope))
    const forked = Effect.forkScoped(
      Effect.onExit(Effect.exit(handshake), () => Effect.sync(() => this.over())).pipe(
        Effect.flatMap(exit =>
          Exit.isSuccess(exit)
            ? this.offer(exit.value, scope)
            : Effect.zipRight(
                Scope.close(scope, exit),
                Effect.suspend(() => this.report(exit))
              )
        ),
        Effect.uninterruptible
      )
    )
    return Effect.map(forked, fiber => {
      this.running.add(fiber)
      fiber.addObserver(() => this.running.delete(fiber))
    })
  }

  private over(): void {
    this.handshaking -= 1
    this.meter.changed(-1)
    this.look()
  }

  private offer(socket: TlsSocket, scope: Scope.CloseableScope): Effect.Effect<void> {
    return Effect.sync(() => {
      const transport = connectionIn(socket)
      this.readyOf.set(transport, { socket, transport, scope })
      this.ready.offer({ socket, transport, scope })
    })
  }

  private report(exit: Exit.Exit<unknown, TlsError | TlsConfigError>): Effect.Effect<void> {
    if (Exit.isSuccess(exit) || Cause.isInterruptedOnly(exit.cause)) return Effect.void
    const error = Option.getOrUndefined(Cause.failureOption(exit.cause))
    if (error?._tag !== "TlsError") return Effect.logError("a handshake died", exit.cause)
    this.failed += 1
    this.meter.failed(error.reason)
    const { onHandshakeError } = this.options
    if (onHandshakeError === undefined) return Effect.logDebug(error.message)
    return Effect.catchAllCause(
      // Interruptible, because the close of the listener waits for this fiber.
      Effect.interruptible(Effect.suspend(() => onHandshakeError(error))),
      cause => (Cause.isInterruptedOnly(cause) ? Effect.void : Effect.logError("onHandshakeError failed", cause))
    )
  }

  pipe() {
    // biome-ignore lint/complexity/noArguments: how Pipeable is implemented
    return Pipeable.pipeArguments(this, arguments)
  }

  toJSON() {
    return { _id: "effect-sockets/Tls/Listener", address: format(this.address) }
  }
}

/** Makes the listener and starts to accept. When the Scope closes, running handshakes are interrupted. */
export const listener = (
  tls: Service,
  plain: Listener.Listener,
  options: ListenerOptions
): Effect.Effect<TlsListener, TlsConfigError, Scope.Scope> =>
  Effect.zipRight(
    tls.checkServer(options),
    Effect.flatMap(Effect.runtime<never>(), runtime =>
      Effect.flatMap(FiberRef.get(FiberRef.currentMetricLabels), labels => {
        const made = new TlsListenerImpl(plain, tls, options, runtime, new HandshakeMeter(labels))
        return Effect.acquireRelease(
          Effect.as(Effect.forkScoped(Effect.interruptible(made.loop)), made),
          () => made.close
        )
      })
    )
  )
