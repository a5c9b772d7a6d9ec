/** Runs a scripted race with a TestClock, and logs its events. */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { race } from "../../../src/internal/connect/race.ts"
import * as SocketAddress from "../../../src/SocketAddress.ts"
import { ConnectError, type ConnectReason, ResolveError } from "../../../src/SocketError.ts"

/** The answer of a lookup after `after` milliseconds: addresses, or the reason of the error. `undefined`: never. */
type Answer = readonly [after: number, hosts: Arr.NonEmptyReadonlyArray<string> | ResolveError["reason"]] | undefined

/** The outcome of an attempt after `after` milliseconds. `undefined`: never. */
type Attempt = readonly [after: number, outcome: "connected" | ConnectReason] | undefined

export interface Scenario {
  readonly IPv6: Answer
  readonly IPv4: Answer
  readonly attempts: Readonly<Record<string, Attempt>>
}

const after = <A, E>([millis, effect]: readonly [number, Effect.Effect<A, E>]) => Effect.delay(effect, millis)

/** Starts a race and logs each event with its time in milliseconds, such as `"250 dial a"`. */
export const start = (scenario: Scenario) =>
  Effect.gen(function* () {
    const log: Array<string> = []
    const began = yield* Clock.currentTimeMillis
    const note = (what: string) =>
      Effect.map(Clock.currentTimeMillis, now => {
        log.push(`${now - began} ${what}`)
      })
    const resolve = (family: SocketAddress.Inet["family"]) =>
      Effect.gen(function* () {
        yield* note(`ask ${family}`)
        const [millis, answer] = scenario[family] ?? (yield* Effect.never)
        return typeof answer === "string"
          ? yield* after([millis, Effect.fail(new ResolveError({ reason: answer, host: family }))])
          : yield* after([millis, Effect.succeed(Arr.map(answer, inet))])
      })
    const dial = (address: SocketAddress.Inet) =>
      Effect.gen(function* () {
        yield* note(`dial ${address.host}`)
        const [millis, outcome] = scenario.attempts[address.host] ?? (yield* Effect.never)
        yield* Effect.sleep(millis)
        if (outcome !== "connected") return yield* new ConnectError({ reason: outcome, address, attempts: [] })
        return yield* Effect.acquireRelease(Effect.succeed(address.host), () => note(`close ${address.host}`))
      }).pipe(Effect.onInterrupt(() => note(`interrupt ${address.host}`)))
    const scope = yield* Scope.make()
    const fiber = yield* Effect.fork(Effect.onExit(Scope.extend(race({ resolve, dial }), scope), () => note("over")))
    return { fiber, log, scope }
  })

export const inet = (host: string) => SocketAddress.unsafeInet(host, 808)

/** Runs a race for `millis` milliseconds, then closes its Scope. */
export const run = (scenario: Scenario, millis = 60_000) =>
  Effect.gen(function* () {
    const { fiber, log, scope } = yield* start(scenario)
    yield* TestClock.adjust(Duration.millis(millis))
    const exit = yield* Effect.exit(Fiber.join(fiber))
    yield* Scope.close(scope, Exit.void)
    return { log, exit }
  })

export const asked = ["0 ask IPv6", "0 ask IPv4"]
export const [a6, b6, c6] = ["2001:db8::a", "2001:db8::b", "2001:db8::c"] as const
export const [a4, b4] = ["192.0.2.1", "192.0.2.2"] as const
