/**
 * Happy Eyeballs, version 2 (RFC 8305): the families of a name are looked up together and its addresses tried side by
 * side, so that neither a slow lookup nor an address that does not answer keeps a good one waiting.
 *
 * @internal
 */
import type * as Arr from "effect/Array"
import type * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type * as SocketAddress from "../../SocketAddress.ts"
import type { ConnectError, ResolveError } from "../../SocketError.ts"

type Family = SocketAddress.Inet["family"]

/** How long an IPv4 answer waits for the IPv6 one (RFC 8305, section 3). */
export const resolutionDelay: Duration.Duration = Duration.millis(50)

/** How long an attempt may take before the next one begins beside it (RFC 8305, section 5). */
export const attemptDelay: Duration.Duration = Duration.millis(250)

const both = ["IPv6", "IPv4"] as const satisfies ReadonlyArray<Family>

type Resolve = (family: Family) => Effect.Effect<Arr.NonEmptyReadonlyArray<SocketAddress.Inet>, ResolveError>

/** How a race stands: what is left to try, what still runs, whether the next attempt may begin, and what came of it. */
class RaceState<A> {
  readonly wake = Effect.unsafeMakeLatch(false)
  /** How many attempts have begun. */
  begun = 0
  running = 0
  private lookups: number
  private mayBegin = false
  private last: Family = "IPv4"
  private readonly untried: Record<Family, Array<SocketAddress.Inet>> = { IPv6: [], IPv4: [] }
  private error: ConnectError | ResolveError | undefined
  private over: Effect.Effect<A, ConnectError | ResolveError> | undefined

  constructor(families: ReadonlyArray<Family>) {
    this.lookups = families.length
  }

  /** The address whose turn it is, if one may be tried now. The families take turns, IPv6 first. */
  next(): SocketAddress.Inet | undefined {
    if (!this.mayBegin) return undefined
    const other = this.last === "IPv4" ? "IPv6" : "IPv4"
    const address = this.untried[other].shift() ?? this.untried[this.last].shift()
    if (address !== undefined) {
      this.mayBegin = false
      this.last = address.family
      this.begun += 1
      this.running += 1
    }
    return address
  }

  /** None while there is hope. */
  result(): Effect.Effect<A, ConnectError | ResolveError> | undefined {
    const left = this.lookups + this.running + this.untried.IPv6.length + this.untried.IPv4.length
    return left === 0 && this.error !== undefined ? (this.over ?? Effect.fail(this.error)) : this.over
  }

  found(addresses: ReadonlyArray<SocketAddress.Inet>, family: Family): void {
    this.untried[family].push(...addresses)
    this.answered(family)
  }

  /** What may pass tells more than that there is nothing; what an attempt failed with tells more than either. */
  notFound(error: ResolveError, family: Family): void {
    const nothing = this.error?._tag === "ResolveError" && ["NotFound", "NoData"].includes(this.error.reason)
    if (this.error === undefined || nothing) this.error = error
    this.answered(family)
  }

  private answered(family: Family): void {
    this.lookups -= 1
    // IPv6 waits for nobody, and IPv4 for IPv6 only until that has answered.
    if (this.begun === 0 && (family === "IPv6" || this.lookups === 0)) this.mayBegin = true
    this.wake.unsafeOpen()
  }

  begin(): void {
    this.mayBegin = true
    this.wake.unsafeOpen()
  }

  failed(error: ConnectError): void {
    this.error = error
    this.begin()
  }

  /** Whether this one was the first. */
  won(value: A): boolean {
    const isFirst = this.over === undefined
    this.over ??= Effect.succeed(value)
    this.wake.unsafeOpen()
    return isFirst
  }

  /** Neither a result nor a typed failure: a defect, or an interruption that came from within. */
  died(cause: Cause.Cause<never>): void {
    this.over ??= Effect.failCause(cause)
    this.wake.unsafeOpen()
  }
}

/** The next attempt may begin after so long, unless one has begun meanwhile. */
const beginAfter = <A>(race: RaceState<A>, delay: Duration.Duration): Effect.Effect<void> => {
  const begun = race.begun
  return Effect.delay(
    Effect.sync(() => {
      if (race.begun === begun) race.begin()
    }),
    delay
  )
}

const lookUp = <A>(race: RaceState<A>, family: Family, resolve: Resolve): Effect.Effect<void> =>
  Effect.matchEffect(resolve(family), {
    onFailure: error => Effect.sync(() => race.notFound(error, family)),
    onSuccess: addresses =>
      Effect.suspend(() => {
        race.found(addresses, family)
        return race.begun === 0 ? beginAfter(race, resolutionDelay) : Effect.void
      })
  })

/** An attempt in a scope of its own, which is the caller's if it wins and is closed if it does not. */
const attempt = <A>(
  race: RaceState<A>,
  dial: Effect.Effect<A, ConnectError, Scope.Scope>,
  parent: Scope.Scope
): Effect.Effect<void> =>
  Effect.uninterruptible(
    Effect.flatMap(Scope.fork(parent, ExecutionStrategy.sequential), scope =>
      // Interruptible wherever the race is run: a loser must not hold up the winner.
      Effect.flatMap(Effect.exit(Effect.interruptible(Scope.extend(dial, scope))), exit => {
        race.running -= 1
        if (Exit.isSuccess(exit) && race.won(exit.value)) return Effect.void
        return Effect.zipRight(
          Scope.close(scope, exit),
          Effect.catchAll(Effect.asVoid(exit), error => Effect.sync(() => race.failed(error)))
        )
      })
    )
  )

/** What a race is run with. */
export interface RaceOptions<A> {
  /** The one that is asked for, or both. */
  readonly family?: Family | undefined
  readonly resolve: Resolve
  /** One attempt at one address. What it acquires is given to its Scope. */
  readonly dial: (address: SocketAddress.Inet) => Effect.Effect<A, ConnectError, Scope.Scope>
}

/**
 * The first address that answers, acquired for the Scope; the attempts that lost are interrupted, and what they had
 * acquired is released, before it is given. Fails when all have failed, with the error of the last one, or with that of
 * the lookups if they found nothing. Interrupted, no attempt is left; what one had acquired in that very moment is the
 * Scope's.
 */
export const race = <A>({
  dial,
  family,
  resolve
}: RaceOptions<A>): Effect.Effect<A, ConnectError | ResolveError, Scope.Scope> =>
  Effect.scopeWith(parent =>
    Effect.scoped(
      Effect.gen(function* () {
        const families = family === undefined ? both : [family]
        const race = new RaceState<A>(families)
        const fibers = yield* Effect.scope
        const run = (effect: Effect.Effect<void>) =>
          Effect.forkIn(
            Effect.catchAllCause(effect, cause => Effect.sync(() => race.died(cause))),
            fibers
          )
        for (const family of families) yield* run(Effect.interruptible(lookUp(race, family, resolve)))
        while (true) {
          const result = race.result()
          if (result !== undefined) return yield* result
          const address = race.next()
          if (address === undefined) {
            yield* race.wake.await
            yield* race.wake.close
          } else {
            yield* run(attempt(race, dial(address), parent))
            yield* run(Effect.interruptible(beginAfter(race, attemptDelay)))
          }
        }
      })
    )
  )
