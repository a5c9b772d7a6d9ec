/**
 * The layer rule, as the linter enforces it: a violation is planted in an empty copy of the tree, and has to be found.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"

const root = path.resolve(import.meta.dirname, "..")
const biome = path.join(root, "node_modules", "@biomejs", "biome", "bin", "biome")

/** What the linter says of these files, when they are all there is. */
const lint = (files: Readonly<Record<string, string>>): { readonly status: number | null; readonly output: string } => {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), "layers-"))
  try {
    fs.copyFileSync(path.join(root, "biome.json"), path.join(copy, "biome.json"))
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(copy, name)), { recursive: true })
      fs.writeFileSync(path.join(copy, name), text)
    }
    const run = spawnSync(process.execPath, [biome, "lint", "--vcs-enabled=false", "--max-diagnostics=50", "."], {
      cwd: copy,
      encoding: "utf8"
    })
    return { status: run.status, output: run.stdout + run.stderr }
  } finally {
    fs.rmSync(copy, { recursive: true, force: true })
  }
}

const use = (module: string) => `import * as x from "${module}"\nexport const y = x\n`

const part = "src/internal/testServer/parts.ts"

const chapter = "src/internal/conformance/closing.ts"

const violations: ReadonlyArray<readonly [what: string, file: string, text: string, rule: string]> = [
  ["the client imports a module of Node", "src/Client.ts", use("node:net"), "noNodejsModules"],
  ["the buffer imports a module of Node", "src/internal/receiveBuffer.ts", use("node:fs"), "noNodejsModules"],
  ["the encoding uses Buffer", "src/Encoding.ts", "export const x = Buffer.alloc(1)\n", "noRestrictedGlobals"],
  ["the network uses process", "src/Network.ts", "export const x = process.pid\n", "noRestrictedGlobals"],
  ["the client sleeps on Node's clock", "src/Client.ts", "setTimeout(() => {}, 1)\n", "noRestrictedGlobals"],
  ["the buffer imports the Node driver", "src/internal/receiveBuffer.ts", use("./node/dial.ts"), "noRestrictedImports"],
  ["the socket imports the network", "src/Socket.ts", use("./Network.ts"), "noRestrictedImports"],
  ["the socket imports the framings", "src/Socket.ts", use("./Framing.ts"), "noRestrictedImports"],
  ["the framings import the Node driver", "src/Framing.ts", use("./internal/node/dial.ts"), "noRestrictedImports"],
  ["the socket imports a client", "src/Socket.ts", use("./Client.ts"), "noRestrictedImports"],
  ["the client imports the Node driver", "src/Client.ts", use("./internal/node/dial.ts"), "noRestrictedImports"],
  ["a test server imports NodeNetwork", "src/TestServer.ts", use("./NodeNetwork.ts"), "noRestrictedImports"],
  ["a test server's part imports NodeNetwork", part, use("../../NodeNetwork.ts"), "noRestrictedImports"],
  ["a test server's part imports a module of Node", part, use("node:net"), "noNodejsModules"],
  ["a test server's part sleeps on Node's clock", part, "setTimeout(() => {}, 1)\n", "noRestrictedGlobals"],
  [
    "the network imports a test server's part",
    "src/Network.ts",
    use("./internal/testServer/parts.ts"),
    "noRestrictedImports"
  ],
  [
    "a server imports a test server's part",
    "src/internal/serve.ts",
    use("./testServer/parts.ts"),
    "noRestrictedImports"
  ],
  ["the Node driver imports a client", "src/internal/node/dial.ts", use("../../Client.ts"), "noRestrictedImports"],
  ["the network imports the program", "src/Network.ts", use("./cli/client.ts"), "noRestrictedImports"],
  ["the network imports the names", "src/Network.ts", use("./Names.ts"), "noRestrictedImports"],
  ["the contract suite imports NodeNetwork", "src/Conformance.ts", use("./NodeNetwork.ts"), "noRestrictedImports"],
  ["a chapter imports the Node driver", chapter, use("../node/dial.ts"), "noRestrictedImports"],
  ["a chapter imports a module of Node", chapter, use("node:net"), "noNodejsModules"],
  ["a chapter uses process", chapter, "export const x = process.pid\n", "noRestrictedGlobals"],
  ["a chapter imports a client", chapter, use("../../Client.ts"), "noRestrictedImports"],
  ["a chapter imports a test runner", chapter, use("@effect/vitest"), "noRestrictedImports"],
  ["the network imports the contract suite", "src/Network.ts", use("./Conformance.ts"), "noRestrictedImports"],
  ["a buffer imports a chapter", "src/internal/byteQueue.ts", use("./conformance/bytes.ts"), "noRestrictedImports"],
  ["the socket imports a chapter", "src/Socket.ts", use("./internal/conformance/bytes.ts"), "noRestrictedImports"],
  [
    "the Node driver imports a chapter",
    "src/internal/node/dial.ts",
    use("../conformance/bytes.ts"),
    "noRestrictedImports"
  ],
  ["a client imports the contract suite", "src/Client.ts", use("./Conformance.ts"), "noRestrictedImports"],
  ["a command imports the contract suite", "src/cli/client.ts", use("../Conformance.ts"), "noRestrictedImports"],
  [
    "an example imports what no user can",
    "examples/chat/main.ts",
    use("../../src/internal/serve.ts"),
    "noRestrictedImports"
  ],
  ["an example imports a module of Node", "examples/chat/server.ts", use("node:net"), "noNodejsModules"],
  [
    "an example knows the platform",
    "examples/chat/server.ts",
    use("effect-sockets/NodeNetwork"),
    "noRestrictedImports"
  ],
  ["an example imports a test", "examples/chat/main.ts", use("../../test/networks.ts"), "noRestrictedImports"],
  ["a command goes round the seam", "src/cli/client.ts", use("../internal/node/dial.ts"), "noRestrictedImports"]
]

describe("the layer rule", () => {
  for (const [what, file, text, rule] of violations) {
    it(`is broken when ${what}, and the linter says so`, () => {
      const { output, status } = lint({ [file]: text })
      assert.strictEqual(status, 1, output)
      assert.include(output, rule)
    })
  }

  it("is broken by a cycle of values, and the linter says so", () => {
    const { output, status } = lint({
      "src/Socket.ts": 'import { b } from "./Listener.ts"\nexport const a = () => b\n',
      "src/Listener.ts": 'import { a } from "./Socket.ts"\nexport const b = () => a\n'
    })
    assert.strictEqual(status, 1, output)
    assert.include(output, "noImportCycles")
  })

  it("allows Node where Node belongs, and arrows that point down", () => {
    const { output, status } = lint({
      "src/internal/node/dial.ts": `${use("node:net")}export const p = process.pid\n`,
      "src/Socket.ts": "export const a = 1\n",
      "src/Client.ts": 'import { a } from "./Socket.ts"\nexport const b = a\n',
      "src/Network.ts": "export const c = 1\n",
      "src/internal/conformance/closing.ts": 'import { c } from "../../Network.ts"\nexport const d = c\n',
      "src/Conformance.ts": 'import { d } from "./internal/conformance/closing.ts"\nexport const e = d\n'
    })
    assert.strictEqual(status, 0, output)
  })
})
