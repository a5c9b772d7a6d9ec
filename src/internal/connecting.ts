/**
 * From a target to a connection: resolve, try, keep to the limit, and leave nothing behind but the winner.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type * as Network from "../Network.ts"
import type * as Socket from "../Socket.ts"
import * as SocketAddress from "../SocketAddress.ts"
import { type ConnectAttempt, ConnectError, ResolveError } from "../SocketError.ts"
import { hold } from "./hold.ts"
import { connectTimeout, streamOptions } from "./options.ts"

type Bound = SocketAddress.Inet | SocketAddress.Unix

/** A literal is its own address; a name that cannot be one is not asked for. */
export const resolve = (
  driver: Network.Driver,
  host: string
): Effect.Effect<Arr.NonEmptyReadonlyArray<string>, ResolveError> =>
  Either.match(SocketAddress.hostPort(host, 0), {
    onLeft: cause => Effect.fail(new ResolveError({ reason: "BadName", host, cause })),
    onRight: address => (address._tag === "Inet" ? Effect.succeed(Arr.of(address.host)) : driver.resolve(address.host))
  })

/** Every address of the target, best first. */
export const addressesOf = (
  driver: Network.Driver,
  target: SocketAddress.SocketAddress
): Effect.Effect<Arr.NonEmptyReadonlyArray<Bound>, ResolveError> =>
  target._tag === "HostPort"
    ? Effect.flatMap(driver.resolve(target.host), hosts => {
        const addresses = Arr.getRights(Arr.map(hosts, host => SocketAddress.inet(host, target.port)))
        return Arr.isNonEmptyReadonlyArray(addresses)
          ? Effect.succeed(addresses)
          : Effect.fail(new ResolveError({ reason: "BadResponse", host: target.host }))
      })
    : Effect.succeed(Arr.of(target))

/** The first address of each family, in the order of the resolver. */
const firstOfEachFamily = (addresses: Arr.NonEmptyReadonlyArray<Bound>): Arr.NonEmptyReadonlyArray<Bound> =>
  Arr.dedupeWith(addresses, (a, b) => a._tag === "Inet" && b._tag === "Inet" && a.family === b.family)

/** What has been tried for a target so far, and what is being tried now: a limit may pass at any time. */
class Attempts {
  readonly done: Array<ConnectAttempt> = []
  now: { readonly address: Bound; readonly started: number } | undefined

  timedOut(target: SocketAddress.SocketAddress, limit: Duration.Duration, at: number): ConnectError {
    const attempts = [...this.done]
    if (this.now !== undefined) {
      const elapsed = Duration.millis(at - this.now.started)
      attempts.push({ address: this.now.address, reason: "TimedOut", elapsed })
    }
    return new ConnectError({ reason: "TimedOut", address: target, attempts, by: "timeout", limit })
  }
}

const dialInTurn = (
  driver: Network.Driver,
  target: SocketAddress.SocketAddress,
  options: Network.ConnectOptions | undefined,
  scope: Scope.Scope,
  attempts: Attempts
) =>
  Effect.gen(function* () {
    const addresses = firstOfEachFamily(yield* addressesOf(driver, target))
    for (const [i, address] of addresses.entries()) {
      attempts.now = { address, started: yield* Clock.currentTimeMillis }
      const result = yield* Effect.either(
        driver.dial(address, streamOptions(options), transport => hold(scope, transport, options?.onFailure))
      )
      if (Either.isRight(result)) {
        return result.right
      }
      attempts.done.push(...result.left.attempts)
      attempts.now = undefined
      if (i === addresses.length - 1) {
        const { by, cause, code, reason } = result.left
        return yield* new ConnectError({ reason, address: target, attempts: attempts.done, code, by, cause })
      }
    }
    return yield* Effect.dieMessage("a target has at least one address")
  })

const limited = <A, E>(
  effect: Effect.Effect<A, E>,
  limit: Duration.Duration,
  onTimeout: (at: number) => ConnectError
): Effect.Effect<A, E | ConnectError> =>
  Duration.isFinite(limit)
    ? Effect.flatMap(Effect.timeoutOption(effect, limit), result =>
        result._tag === "Some"
          ? Effect.succeed(result.value)
          : Effect.flatMap(Clock.currentTimeMillis, at => Effect.fail(onTimeout(at)))
      )
    : effect

/** The connection is in a scope of its own, which is closed unless the connection is given to the caller. */
export const connect = (
  driver: Network.Driver,
  target: SocketAddress.SocketAddress,
  options: Network.ConnectOptions | undefined
): Effect.Effect<Socket.Socket, ConnectError | ResolveError, Scope.Scope> =>
  Effect.uninterruptibleMask(restore =>
    Effect.flatMap(Effect.scope, parent =>
      Effect.flatMap(Scope.fork(parent, ExecutionStrategy.sequential), scope => {
        const attempts = new Attempts()
        const limit = connectTimeout(options)
        return limited(dialInTurn(driver, target, options, scope, attempts), limit, at =>
          attempts.timedOut(target, limit, at)
        ).pipe(
          restore,
          Effect.onExit(exit => (Exit.isFailure(exit) ? Scope.close(scope, exit) : Effect.void))
        )
      })
    )
  ).pipe(
    Effect.annotateLogs("address", SocketAddress.format(target)),
    Effect.withSpan("Network.connect", {
      captureStackTrace: false,
      kind: "client",
      attributes: { address: SocketAddress.format(target) }
    })
  )
