/**
 * Connects to one of the addresses of a name with Happy Eyeballs, version 2 (RFC 8305). The IPv6 and IPv4 addresses are
 * looked up at the same time, and attempts overlap. So a slow lookup, or an address that does not answer, delays the
 * connect only a little.
 * See docs/DECISIONS.md#the-addresses-of-a-name-are-raced.
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
import { sleep } from "../waiting/index.ts"

type Family = SocketAddress.Inet["family"]

/** If the IPv4 lookup finishes first, its addresses wait this long for the IPv6 lookup (RFC 8305, section 3). */
const resolutionDelay = Duration.millis(50)

/**
 * While an attempt is unfinished, the next attempt waits this long (RFC 8305, section 5). If an attempt fails, the next
 * attempt starts at once.
 */
const attemptDelay = Duration.millis(250)

const both = ["IPv6", "IPv4"] as const satisfies ReadonlyArray<Family>

type Resolve = (family: Family) => Effect.Effect<Arr.NonEmptyReadonlyArray<SocketAddress.Inet>, ResolveError>

/** The state of a race: untried addresses, running lookups and attempts, and the result. */
class RaceState<A> {
  readonly wake = Effect.unsafeMakeLatch(false)
  /** The number of attempts that have begun. */
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

  /**
   * Returns the address to try now, and counts an attempt to connect to it as begun. If no attempt may begin yet or no
   * address is left, returns `undefined`. The families alternate, IPv6 first.
   */
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

  /** Returns the result of the race, or `undefined` while there is no winner and an attempt can still win. */
  result(): Effect.Effect<A, ConnectError | ResolveError> | undefined {
    const left = this.lookups + this.running + this.untried.IPv6.length + this.untried.IPv4.length
    return left === 0 && this.error !== undefined ? (this.over ?? Effect.fail(this.error)) : this.over
  }

  found(addresses: ReadonlyArray<SocketAddress.Inet>, family: Family): void {
    this.untried[family].push(...addresses)
    this.answered(family)
  }

  /**
   * Records the failure of a lookup. An earlier error stays if its reason is not `NotFound` or `NoData`, because such
   * an error tells the caller more.
   */
  notFound(error: ResolveError, family: Family): void {
    const nothing = this.error?._tag === "ResolveError" && ["NotFound", "NoData"].includes(this.error.reason)
    if (this.error === undefined || nothing) this.error = error
    this.answered(family)
  }

  private answered(family: Family): void {
    this.lookups -= 1
    // The first attempt may begin when the IPv6 lookup has finished. If only the IPv4 lookup has finished, `lookUp`
    // waits for `resolutionDelay` first.
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

  /** Records a connection. Returns true if it is the first connection, which wins. */
  won(value: A): boolean {
    const isFirst = this.over === undefined
    this.over ??= Effect.succeed(value)
    this.wake.unsafeOpen()
    return isFirst
  }

  /** Ends the race because one of its fibers died of a defect, or interrupted itself. */
  died(cause: Cause.Cause<never>): void {
    this.over ??= Effect.failCause(cause)
    this.wake.unsafeOpen()
  }
}

/** Waits for the delay. If no attempt has begun meanwhile, allows the next attempt. */
const beginAfter = <A>(race: RaceState<A>, delay: Duration.Duration): Effect.Effect<void> => {
  const begun = race.begun
  return Effect.map(sleep(delay), () => {
    if (race.begun === begun) race.begin()
  })
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

/** Runs an attempt in a child Scope of `parent`. If the attempt does not win, closes the child Scope at once. */
const attempt = <A>(
  race: RaceState<A>,
  dial: Effect.Effect<A, ConnectError, Scope.Scope>,
  parent: Scope.Scope
): Effect.Effect<void> =>
  Effect.uninterruptible(
    Effect.flatMap(Scope.fork(parent, ExecutionStrategy.sequential), scope =>
      // The attempt is interruptible, even if the caller is not. Otherwise `race` would have to wait for attempts that
      // can no longer win.
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

/** Options of `race`. */
export interface RaceOptions<A> {
  /** Try only addresses of this family. Default: both families. */
  readonly family?: Family | undefined
  /** Returns the addresses of one family. */
  readonly resolve: Resolve
  /** Makes one attempt to connect to one address, and acquires the connection for the Scope. */
  readonly dial: (address: SocketAddress.Inet) => Effect.Effect<A, ConnectError, Scope.Scope>
}

/**
 * Connects to the addresses of a name, and returns the result of the first attempt that connects. The Scope owns the
 * result. Before `race` returns, all other attempts are interrupted and their resources are released. If all attempts
 * have failed, fails with the error of the last attempt. If there was no address, fails with the error of a lookup. An
 * interruption leaves no attempt running. If an attempt connects at the moment of the interruption, its connection
 * stays in the Scope.
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
