/**
 * A process that prints the signal that it receives, and never ends. Its argument is the effect that waits for the
 * signal.
 */
import * as Effect from "effect/Effect"
import { layer, Signals } from "../../src/cli/kit/signal.ts"

setInterval(() => {}, 1_000_000)

Effect.runFork(
  Effect.gen(function* () {
    const signals = yield* Signals
    const heard = yield* Effect.fork(process.argv[2] === "nextThen130" ? signals.nextThen130 : signals.next)
    yield* Effect.yieldNow()
    process.stdout.write("ready\n")
    process.stdout.write(`${yield* heard}\n`)
    yield* Effect.never
  }).pipe(Effect.provide(layer))
)
