/** Runs a command that listens while a test uses it. */
import { assert } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as input from "../../src/cli/kit/input.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import { runOn } from "./inProcess.ts"

/**
 * Runs a command that listens, and `use` with the address that it reports. Then sends SIGTERM, and expects exit code 0.
 * Returns the result of `use`, and the stdout and stderr of the command.
 */
export const whileServing = <A, E, R>(
  words: ReadonlyArray<string>,
  use: (address: string) => Effect.Effect<A, E, R>,
  stdin?: input.Reader
) =>
  Effect.gen(function* () {
    const signal = yield* Deferred.make<"SIGTERM">()
    const listening = yield* Deferred.make<string>()
    const noted = (stderr: string) => {
      const [, address] = /listening on (.*)\n/.exec(stderr) ?? []
      if (address !== undefined) Deferred.unsafeDone(listening, Effect.succeed(address))
    }
    const options = { signal: Deferred.await(signal), noted, ...(stdin === undefined ? {} : { stdin }) }
    const running = yield* Effect.fork(runOn(NodeNetwork.layer, words, options))
    const failed = Effect.flatMap(Fiber.join(running), ended => Effect.dieMessage(JSON.stringify(ended)))
    const used = yield* use(yield* Effect.raceFirst(Deferred.await(listening), failed))
    // A command with a stdin of its own ends by itself.
    if (stdin === undefined) yield* Deferred.succeed(signal, "SIGTERM")
    const { code, stderr, stdout } = yield* Fiber.join(running)
    assert.strictEqual(code, 0, stderr)
    return { used, stderr, stdout }
  })
