/**
 * Connects: resolves the target, dials its addresses, applies the timeout, and gives one connection to the Scope.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type * as Socket from "../../Socket.ts"
import type * as SocketAddress from "../../SocketAddress.ts"
import { type ConnectAttempt, ConnectError, type ResolveError } from "../../SocketError.ts"
import { spanned } from "../accept/index.ts"
import { checked } from "../option/index.ts"
import { own, type Transport } from "../stream/index.ts"
import { liveClock, monotonic, timeoutOption } from "../waiting/index.ts"
import type { Driver } from "./driver.ts"
import { lookup } from "./names.ts"
import { type ConnectOptions, type ConnectSettings, connectDefaults, connectSettings } from "./options.ts"
import { race } from "./race.ts"

interface Attempt {
  readonly address: SocketAddress.Resolved
  readonly started: number
  /** Set when the attempt has failed. */
  outcome: ConnectAttempt | undefined
}

/** The attempts of one connect. Running attempts are recorded too, because the timeout may pass while they run. */
class Attempts {
  private readonly begun: Array<Attempt> = []

  track<A, R>(
    address: SocketAddress.Resolved,
    dial: Effect.Effect<A, ConnectError, R>
  ): Effect.Effect<A, ConnectError, R> {
    return Effect.flatMap(monotonic, started => {
      const attempt: Attempt = { address, started, outcome: undefined }
      this.begun.push(attempt)
      return Effect.tapError(dial, ({ code, reason }) =>
        Effect.map(monotonic, now => {
          attempt.outcome = { address, outcome: reason, code, elapsed: Duration.millis(now - started) }
        })
      )
    })
  }

  /**
   * Returns all attempts in the order in which they began. An attempt that has not failed is `TimedOut`, and its
   * elapsed time is counted until `at`.
   */
  all(at: number): ReadonlyArray<ConnectAttempt> {
    return this.begun.map(
      ({ address, outcome, started }) =>
        outcome ?? { address, outcome: "TimedOut", elapsed: Duration.millis(at - started) }
    )
  }
}

/** Dials an address, or races the addresses of a name. */
const dialAll = (
  driver: Driver,
  target: SocketAddress.SocketAddress,
  settings: ConnectSettings,
  attempts: Attempts
): Effect.Effect<Socket.Socket, ConnectError | ResolveError, Scope.Scope> => {
  const dial = (address: SocketAddress.Resolved) =>
    Effect.scopeWith(scope =>
      attempts.track(address, told(address, dialOne(driver, address, settings, scope), settings.onAttempt))
    )
  return target._tag === "HostPort"
    ? race({ family: settings.family, resolve: family => lookup(driver, target, family), dial })
    : dial(target)
}

/** True if `localAddress` is of another family than the address, or if the address is a Unix path. */
const isOfOtherFamily = (address: SocketAddress.Resolved, { dial: { localAddress } }: ConnectSettings): boolean =>
  localAddress !== undefined && (address._tag === "Unix" || address.family !== localAddress.family)

const refuseFamily = (address: SocketAddress.Resolved): Effect.Effect<never, ConnectError> => {
  const [reason, code] = ["AddressNotAvailable", "EINVAL"] as const
  const attempts = [{ address, outcome: reason, code, elapsed: Duration.zero }]
  return Effect.fail(new ConnectError({ reason, address, attempts, code }))
}

const dialOne = (
  driver: Driver,
  address: SocketAddress.Resolved,
  settings: ConnectSettings,
  scope: Scope.Scope
): Effect.Effect<Socket.Socket, ConnectError> =>
  isOfOtherFamily(address, settings)
    ? refuseFamily(address)
    : driver.dial(address, settings.dial, ownerIn(scope, settings))

/** Calls `onAttempt` with the outcome of an attempt. */
const told = <A, R>(
  address: SocketAddress.Resolved,
  dial: Effect.Effect<A, ConnectError, R>,
  onAttempt: ConnectSettings["onAttempt"]
): Effect.Effect<A, ConnectError, R> => {
  if (onAttempt === undefined) return dial
  const outcomeOf = (exit: Exit.Exit<A, ConnectError>): Pick<ConnectAttempt, "outcome" | "code"> =>
    Exit.match(exit, {
      onSuccess: () => ({ outcome: "Connected" }),
      onFailure: cause =>
        Option.match(Cause.failureOption(cause), {
          onNone: () => ({ outcome: "Abandoned" }),
          onSome: ({ code, reason }) => ({ outcome: reason, code })
        })
    })
  return Effect.flatMap(monotonic, started =>
    Effect.onExit(dial, exit =>
      Effect.flatMap(monotonic, now =>
        onAttempt({ address, elapsed: Duration.millis(now - started), ...outcomeOf(exit) })
      )
    )
  )
}

/** Returns a function that gives a connection to the Scope. */
const ownerIn =
  (scope: Scope.Scope, { onFailure, timeouts }: ConnectSettings) =>
  (transport: Transport) =>
    own(scope, transport, onFailure, timeouts)

/**
 * Dials one address without an extra fiber for the timeout. This is possible if there is no timeout, or if the driver
 * has `dialWithin`, which applies the timeout. Otherwise returns `undefined`.
 */
const dialAlone = (
  driver: Driver,
  target: SocketAddress.Resolved,
  settings: ConnectSettings
): Effect.Effect<Socket.Socket, ConnectError, Scope.Scope> | undefined => {
  if (isOfOtherFamily(target, settings)) return refuseFamily(target)
  const timeout = Duration.toMillis(settings.timeout)
  const { dialWithin } = driver
  const { dial } = settings
  return timeout === Number.POSITIVE_INFINITY
    ? Effect.scopeWith(scope => driver.dial(target, dial, ownerIn(scope, settings)))
    : dialWithin && Effect.scopeWith(scope => dialWithin(target, dial, ownerIn(scope, settings), timeout))
}

/**
 * Fails with the error of the whole connect. This error has the reason, the code and the cause of the given error of
 * one attempt, the target, and the list of all attempts.
 */
const failed = (
  target: SocketAddress.SocketAddress,
  attempts: Attempts,
  { by, cause, code, reason }: ConnectError
): Effect.Effect<never, ConnectError> =>
  Effect.flatMap(monotonic, at =>
    Effect.fail(new ConnectError({ reason, address: target, attempts: attempts.all(at), code, by, cause }))
  )

const timedOutAfter = <A, E>(
  effect: Effect.Effect<A, E>,
  timeout: Duration.Duration,
  onTimeout: (at: number) => ConnectError
): Effect.Effect<A, E | ConnectError> =>
  Duration.isFinite(timeout)
    ? // The dial is interruptible, even if the caller is not. Otherwise the timeout could not interrupt the dial.
      Effect.flatMap(timeoutOption(Effect.interruptible(effect), timeout), result =>
        result._tag === "Some"
          ? Effect.succeed(result.value)
          : Effect.flatMap(monotonic, at => Effect.fail(onTimeout(at)))
      )
    : effect

/**
 * Dials in a child Scope of the caller's Scope. If the dial fails, times out or is interrupted, closes the child Scope.
 */
const connectRaced = (
  driver: Driver,
  target: SocketAddress.SocketAddress,
  settings: ConnectSettings
): Effect.Effect<Socket.Socket, ConnectError | ResolveError, Scope.Scope> =>
  Effect.uninterruptibleMask(restore =>
    Effect.flatMap(Effect.scope, parent =>
      Effect.flatMap(Scope.fork(parent, ExecutionStrategy.sequential), scope => {
        const attempts = new Attempts()
        const { timeout } = settings
        const dialed = dialAll(driver, target, settings, attempts).pipe(
          Effect.catchTag("ConnectError", error => failed(target, attempts, error)),
          Scope.extend(scope)
        )
        const timedOut = (at: number) =>
          new ConnectError({ reason: "TimedOut", address: target, attempts: attempts.all(at), by: "timeout", timeout })
        return timedOutAfter(dialed, timeout, timedOut).pipe(
          restore,
          Effect.onExit(exit => (Exit.isFailure(exit) ? Scope.close(scope, exit) : Effect.void))
        )
      })
    )
  )

export const connect = (
  driver: Driver,
  target: SocketAddress.SocketAddress,
  options: ConnectOptions | undefined
): Effect.Effect<Socket.Socket, ConnectError | ResolveError, Scope.Scope> =>
  options === undefined
    ? connectWith(driver, target, connectDefaults)
    : checked(
        () => connectSettings(options),
        settings => connectWith(driver, target, settings)
      )

const connectWith = (
  driver: Driver,
  target: SocketAddress.SocketAddress,
  settings: ConnectSettings
): Effect.Effect<Socket.Socket, ConnectError | ResolveError, Scope.Scope> => {
  const isRaced = target._tag === "HostPort" || settings.onAttempt !== undefined
  const alone = isRaced ? undefined : dialAlone(driver, target, settings)
  const connected =
    alone === undefined
      ? connectRaced(driver, target, settings)
      : Effect.flatMap(Effect.clock, clock => (clock === liveClock ? alone : connectRaced(driver, target, settings)))
  const { localAddress, localPort } = settings.dial
  const explained =
    localAddress === undefined && localPort === 0
      ? connected
      : Effect.mapError(connected, error =>
          error._tag === "ConnectError"
            ? new ConnectError({ ...error, localAddress, localPort: localPort || undefined })
            : error
        )
  return spanned(explained, "Network.connect", "client", target)
}
