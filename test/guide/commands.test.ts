/** Runs the commands of docs/guide/program.md. Only ports, paths and written files are replaced. */
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
const page = fs.readFileSync(path.join(root, "docs/guide/program.md"), "utf8")

/** The command that makes the certificate of the page. */
const [, makeCertificate = ""] = /^```console\n(openssl .*)\n```$/m.exec(page) ?? []

/** The lines of each block, without comments. */
const blocks = Array.from(page.matchAll(/^```sh\n([\s\S]*?)^```$/gm), ([, block = ""]) =>
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
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "guide-"))),
  made => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true }))
)

const here = `"${process.execPath}" --import tsx src/main.ts`

/** Runs each line in turn to its end. A line with `&` is a server: waits until it listens; the Scope ends it. */
const type = (lines: ReadonlyArray<string>): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function* () {
    const made = yield* folder
    const ports = new Map<string, string>()
    for (const port of ["8080", "7007", "7008", "7009"]) ports.set(port, yield* freePort)
    for (const line of lines) {
      const own = line
        .replace(/\b(?:8080|7007|7008|7009)\b/g, port => ports.get(port) ?? port)
        .replace("/tmp/x.sock", path.join(made, "x.sock"))
        .replace(/\b(?:cert|key)\.pem\b/g, name => path.join(made, name))
        .replace("> copy", `> ${made}/copy`)
        .replaceAll("npx tsx src/main.ts", here)
      const isServer = own.endsWith("&")
      // All commands of a pipe must succeed. A server replaces the shell (`exec`), so that it receives signals.
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

const reason = isThere("bash", ["-c", "cmp --version"]) ? "" : " (skipped: no bash or no cmp)"

describe.skipIf(reason !== "")(`the commands of the guide${reason}`, () => {
  it("are in four blocks, and each runs this program", () => {
    assert.strictEqual(blocks.length, 4)
    assert.deepStrictEqual(
      blocks.flat().filter(line => !line.includes("npx tsx src/main.ts")),
      []
    )
  })

  it.scopedLive("the commands of the lesson, client and server exit with 0", () => type(blocks[0] ?? []))

  it.scopedLive("the commands of pipe and echo exit with 0, and the copy is complete", () =>
    Effect.map(type(blocks[1] ?? []), made =>
      assert.strictEqual(
        fs.readFileSync(path.join(made, "copy"), "utf8"),
        fs.readFileSync(path.join(root, "README.md"), "utf8")
      )
    )
  )

  it.scopedLive("the commands of proxy, scan, resolve and hostinfo exit with 0", () =>
    type(["npx tsx src/main.ts echo 127.0.0.1 7007 &", ...(blocks[2] ?? [])])
  )

  const missing = isThere("openssl", ["version"]) ? "" : " (skipped: no openssl)"

  it.scopedLive.skipIf(missing !== "")(`the commands with TLS exit with 0${missing}`, () =>
    type([makeCertificate, ...(blocks[3] ?? [])])
  )
})
