/** The commands of the README, each block as a person would type it, but for ports, paths and the files it writes. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Network from "../../src/Network.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import { isThere, start } from "../cli/spawn.ts"

const root = path.resolve(import.meta.dirname, "..", "..")
const readme = fs.readFileSync(path.join(root, "README.md"), "utf8")
const section = readme.slice(readme.indexOf("\n## The program"), readme.indexOf("\n## Modules"))

/** Of a block, its lines without their comments. */
const blocks = Array.from(section.matchAll(/^```sh\n([\s\S]*?)^```$/gm), ([, block = ""]) =>
  block
    .split("\n")
    .map(line => line.replace(/ +#.*$/, ""))
    .filter(line => line !== "")
)

const freePort = Effect.scoped(Network.listen("127.0.0.1:0")).pipe(
  Effect.map(({ address }) => (address._tag === "Inet" ? `${address.port}` : "")),
  Effect.provide(NodeNetwork.layer),
  Effect.orDie
)

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "readme-"))),
  made => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true }))
)

const here = `"${process.execPath}" --import tsx src/main.ts`

/** Each line in turn: one with `&` when it listens, any other to its end. What listens is ended with the Scope. */
const type = (lines: ReadonlyArray<string>): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function* () {
    const made = yield* folder
    const ports = new Map<string, string>()
    for (const port of ["8080", "7007", "7008", "7009"]) ports.set(port, yield* freePort)
    for (const line of lines) {
      const own = line
        .replace(/\b(?:8080|7007|7008|7009)\b/g, port => ports.get(port) ?? port)
        .replace("/tmp/x.sock", path.join(made, "x.sock"))
        .replace("> copy", `> ${made}/copy`)
        .replaceAll("npx tsx src/main.ts", here)
      const isServer = own.endsWith("&")
      // Of a pipe of commands all have to succeed; a server is the shell itself, so that a signal reaches it.
      const words = isServer ? `exec ${own.replace(/ *&$/, "")}` : `set -o pipefail; ${own}`
      const running = yield* start("bash", ["-c", words], { cwd: root })
      if (isServer) yield* running.wrote("stderr", /listening on/)
      else {
        const { code, stderr } = yield* running.ended
        assert.deepStrictEqual({ line, code }, { line, code: 0 }, stderr)
      }
    }
    return made
  })

const reason = isThere("bash", ["-c", "cmp --version"]) ? "" : " (skipped: there is no bash, or no cmp)"

describe.skipIf(reason !== "")(`the README's commands${reason}`, () => {
  it("are in three blocks, and all are of this program", () => {
    assert.strictEqual(blocks.length, 3)
    assert.deepStrictEqual(
      blocks.flat().filter(line => !line.includes("npx tsx src/main.ts")),
      []
    )
  })

  it.scopedLive("the lesson, client and server: each does what it should, exit 0", () => type(blocks[0] ?? []))

  it.scopedLive("pipe and echo: and the copy is what was sent", () =>
    Effect.map(type(blocks[1] ?? []), made =>
      assert.strictEqual(fs.readFileSync(path.join(made, "copy"), "utf8"), readme)
    )
  )

  it.scopedLive("proxy, scan, resolve and hostinfo", () =>
    type(["npx tsx src/main.ts echo 127.0.0.1 7007 &", ...(blocks[2] ?? [])])
  )
})
