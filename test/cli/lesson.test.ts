/** The program without words. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { start, words } from "./spawn.ts"

it.scopedLive(
  "tsx src/main.ts is the lesson: one line on stdout, nothing on stderr, exit 0, and it ends by itself",
  () =>
    Effect.gen(function* () {
      const lesson = yield* start("node_modules/.bin/tsx", ["src/main.ts"])
      assert.deepStrictEqual(yield* lesson.ended, { code: 0, stdout: "Connection Established\n", stderr: "" })
    })
)

/** The sources beside the packages that they need, but for one. */
const treeWithout = (missing: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const tree = fs.mkdtempSync(path.join(os.tmpdir(), "effect-sockets-"))
      fs.cpSync("src", path.join(tree, "src"), { recursive: true })
      fs.cpSync("package.json", path.join(tree, "package.json"))
      fs.mkdirSync(path.join(tree, "node_modules", "@effect"), { recursive: true })
      const scoped = fs.readdirSync("node_modules/@effect").map(name => `@effect/${name}`)
      for (const name of [...scoped.filter(name => name !== missing), "effect", "ipaddr.js", "tsx"]) {
        fs.symlinkSync(path.resolve("node_modules", name), path.join(tree, "node_modules", name))
      }
      return tree
    }),
    tree => Effect.sync(() => fs.rmSync(tree, { recursive: true }))
  )

it.scopedLive("without the optional peer @effect/platform-node it says what to install, and no more", () =>
  Effect.gen(function* () {
    const cwd = yield* treeWithout("@effect/platform-node")
    const lesson = yield* start(process.execPath, [...words], { cwd })
    assert.deepStrictEqual(yield* lesson.ended, {
      code: 1,
      stdout: "",
      stderr: "effect-sockets needs @effect/platform-node: npm install @effect/platform-node@0.108\n"
    })
  })
)
