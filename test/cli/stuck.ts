/**
 * A process that ends at a signal, during a lookup that never completes: the only thread for lookups is blocked,
 * because it opens a FIFO that no process writes to. Its argument is the path of the FIFO.
 */
import * as dns from "node:dns"
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import { exitCodeOf, layer, leave, Signals } from "../../src/cli/kit/signal.ts"

Effect.runFork(
  Effect.gen(function* () {
    const { next } = yield* Signals
    const heard = yield* Effect.fork(next)
    yield* Effect.yieldNow()
    fs.open(process.argv[2]!, "r", () => {})
    dns.lookup("localhost", () => {})
    process.stdout.write("ready\n")
    leave(exitCodeOf[yield* heard])
  }).pipe(Effect.provide(layer))
)
