/** A process that hears a signal, says which, and never ends. */
import * as Effect from "effect/Effect"
import { layer, Signals } from "../../src/cli/signal.ts"

setInterval(() => {}, 1_000_000)

Effect.runFork(
  Effect.gen(function* () {
    const { next } = yield* Signals
    const heard = yield* Effect.fork(next)
    yield* Effect.yieldNow()
    process.stdout.write("ready\n")
    process.stdout.write(`${yield* heard}\n`)
    yield* Effect.never
  }).pipe(Effect.provide(layer))
)
