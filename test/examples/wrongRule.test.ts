/** The example `election` with the wrong rule, which fails only under a partition. Also: its runs are repeatable. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"
import { byMajority, byThoseWhoAnswer } from "../../examples/election/elected.ts"
import { cluster, cutOff, options, TwoLeaders } from "./cluster.ts"

it.live("elects at most one leader for a term by the wrong rule, while no member is cut off", () =>
  SimulatedNetwork.seeds(200, cluster(byThoseWhoAnswer), options)
)

const page = fs.readFileSync(path.resolve(import.meta.dirname, "../../docs/guide/testing.md"), "utf8")

/** The timeout in milliseconds. The test takes about 15 seconds on an idle machine. */
const longest = 240_000

it.live(
  "elects two leaders for a term by the wrong rule if a member is cut off, as docs/guide/testing.md shows",
  () =>
    Effect.gen(function* () {
      const found = yield* Effect.flip(SimulatedNetwork.seeds(1000, cutOff(byThoseWhoAnswer), options))
      const { cause, events, seed } = found.shortest
      assert.include(page, `\`\`\`text\n${found.message.split("\n").slice(0, 3).join("\n")}\n`)
      assert.include(page, `SIM_SEED=${seed} npx vitest run`)
      assert.include(page, `\`\`\`mermaid\n${SimulatedNetwork.formatDiagram(events)}\n\`\`\`\n`)
      const replay = SimulatedNetwork.checkDeterminism(cutOff(byThoseWhoAnswer), { ...options, seed })
      const replayed = yield* Effect.flip(Logger.withMinimumLogLevel(replay, LogLevel.None))
      assert.instanceOf(replayed, TwoLeaders)
      assert.deepStrictEqual(replayed, Cause.squash(cause))
    }),
  longest
)

it.live("elects one leader, and a second run is the same", () =>
  Effect.gen(function* () {
    const leaders = yield* SimulatedNetwork.checkDeterminism(cluster(byMajority(3)), options)
    assert.strictEqual(leaders.size, 1)
    yield* SimulatedNetwork.checkDeterminism(cutOff(byMajority(3)), options)
  })
)
