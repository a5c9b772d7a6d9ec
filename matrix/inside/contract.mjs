/** Runs the whole contract over TCP on this runtime. The package is installed in the project that contains this file. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Conformance from "effect-sockets/Conformance"
import * as NodeNetwork from "effect-sockets/NodeNetwork"

let held = 0
let asked = 0

for (const { properties, title: chapter } of Conformance.chapters({ layer: NodeNetwork.layer })) {
  for (const { run, skip, title } of properties) {
    if (skip !== undefined) continue
    asked += 1
    const exit = await Effect.runPromiseExit(run)
    if (Exit.isSuccess(exit)) held += 1
    else process.stdout.write(`${chapter}: ${title}: ${Cause.pretty(exit.cause).split("\n")[0]}\n`)
  }
}

process.stdout.write(`${held} of ${asked}\n`)
process.exit(held === asked ? 0 : 1)
