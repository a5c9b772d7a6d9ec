/**
 * The dependency rules (`.dependency-cruiser.mjs`) and the linter's rules about platforms. Each test plants a violation in
 * an empty copy of the tree, and the tool must find it.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"

const root = path.resolve(import.meta.dirname, "..")
const modules = path.join(root, "node_modules")

type Files = Readonly<Record<string, string>>

/** Runs a tool in a folder that contains only these files. Returns its exit code and output. */
const say = (files: Files, tool: string, ...args: ReadonlyArray<string>) => {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), "layers-"))
  try {
    for (const file of ["biome.json", "tsconfig.json", "package.json", ".dependency-cruiser.mjs"]) {
      fs.copyFileSync(path.join(root, file), path.join(copy, file))
    }
    fs.symlinkSync(modules, path.join(copy, "node_modules"))
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(copy, name)), { recursive: true })
      fs.writeFileSync(path.join(copy, name), text)
    }
    const run = spawnSync(process.execPath, [path.join(modules, tool), ...args], { cwd: copy, encoding: "utf8" })
    return { status: run.status, output: run.stdout + run.stderr }
  } finally {
    fs.rmSync(copy, { recursive: true, force: true })
  }
}

const lint = (files: Files) =>
  say(files, "@biomejs/biome/bin/biome", "lint", "--vcs-enabled=false", "--max-diagnostics=50", ".")

const cruise = (files: Files) =>
  say(files, "dependency-cruiser/bin/dependency-cruise.mjs", "--config", ".dependency-cruiser.mjs", "src", "examples")

/** The lines of the report of dependency-cruiser, such as `error <rule>: <from> → <to>`. */
const report = (files: Files): ReadonlyArray<string> =>
  cruise({ "src/main.ts": "", "examples/chat/main.ts": "", ...files }).output.split("\n")

/** One forbidden import each: the importing file, the imported file, and the rule that it breaks. */
const arrows: ReadonlyArray<readonly [from: string, to: string, rule: RegExp]> = [
  ["src/Socket.ts", "src/Network.ts", /sockets: Socket\.ts imports a room above it or beside it/],
  ["src/Socket.ts", "src/Framing.ts", /sockets: Socket\.ts/],
  ["src/SocketAddress.ts", "src/SocketError.ts", /values: SocketAddress\.ts/],
  ["src/internal/receive/buffer.ts", "src/internal/send/index.ts", /sockets: receive/],
  ["src/internal/receive/buffer.ts", "src/internal/stream/index.ts", /sockets: receive/],
  ["src/internal/receive/buffer.ts", "src/internal/node/index.ts", /sockets: receive/],
  ["src/internal/receive/buffer.ts", "src/internal/conformance/index.ts", /sockets: receive/],
  ["src/Network.ts", "src/Names.ts", /network: Network\.ts/],
  ["src/Network.ts", "src/cli/client.ts", /network: Network\.ts/],
  ["src/Network.ts", "src/Conformance.ts", /network: Network\.ts/],
  ["src/Framing.ts", "src/internal/node/index.ts", /built: Framing\.ts/],
  ["src/Framing.ts", "src/SocketSchema.ts", /built: Framing\.ts/],
  ["src/internal/server/serve.ts", "src/internal/testServer/index.ts", /built: server/],
  ["src/TestServer.ts", "src/NodeNetwork.ts", /built: TestServer\.ts/],
  ["src/internal/node/dial.ts", "src/Client.ts", /node: node/],
  ["src/internal/node/dial.ts", "src/internal/simulated/time/index.ts", /node: node/],
  ["src/internal/simulated/link/link.ts", "src/internal/simulated/world/index.ts", /simulated: simulated\/link/],
  ["src/internal/conformance/chapters/closing.ts", "src/Client.ts", /contract: conformance\/chapters/],
  ["src/internal/conformance/kit/pairs.ts", "src/internal/node/index.ts", /contract: conformance\/kit/],
  ["src/index.ts", "src/SimulatedNetwork.ts", /index: index\.ts/],
  ["src/index.ts", "src/Conformance.ts", /index: index\.ts/],
  ["src/cli/client.ts", "src/NodeNetwork.ts", /cli: cli/],
  ["src/cli/client.ts", "src/internal/receive/index.ts", /a command imports only public modules/],
  ["src/Socket.ts", "src/internal/stream/wire.ts", /a room has one door/],
  ["src/internal/stream/socket.ts", "src/internal/receive/buffer.ts", /a room has one door/],
  ["src/internal/helpers/sum.ts", "src/Socket.ts", /every file belongs to a room listed in/],
  ["examples/chat/server.ts", "src/internal/receive/index.ts", /an example imports the package by its name/],
  ["examples/chat/server.ts", "test/networks.ts", /an example imports the package by its name/],
  ["src/Socket.ts", "bench/table.ts", /src imports no file outside of src/],
  ["examples/chat/server.ts", "bench/table.ts", /an example imports the package by its name/],
  ["examples/chat/server.ts", "src/Socket.ts", /an example imports the package by its name, not by a path/],
  ["examples/chat/server.ts", "src/NodeNetwork.ts", /only the main\.ts of an example/]
]

const packages: ReadonlyArray<readonly [from: string, name: string, rule: RegExp]> = [
  ["src/Socket.ts", "@effect/platform/Socket", /sockets: imports a package/],
  ["src/Conformance.ts", "@effect/vitest", /contract: imports a package/],
  ["src/internal/conformance/chapters/closing.ts", "vitest", /contract: imports a package/],
  ["examples/chat/main.ts", "@effect/vitest", /an example imports the package by its name/],
  ["examples/chat/server.ts", "@effect/platform-node/NodeRuntime", /only the main\.ts of an example/]
]

const relative = (from: string, to: string): string => {
  const module = path.relative(path.dirname(from), to)
  return module.startsWith(".") ? module : `./${module}`
}

/** A tree with all forbidden imports at once. `line` writes an import. */
const planted = (line: (module: string, i: number) => string): Files => {
  const files: Record<string, string> = {}
  for (const [, to] of arrows) files[to] = "export const x = 1\nexport type T = number\n"
  const all = [...arrows.map(([from, to]) => [from, relative(from, to)] as const), ...packages]
  for (const [i, [from, module]] of all.entries()) files[from] = `${line(module, i)}\n${files[from] ?? ""}`
  return files
}

describe("the dependency rules", () => {
  const kinds = {
    "a value": report(planted((module, i) => `import { x as x${i} } from "${module}"\nexport const y${i} = x${i}`)),
    "a type": report(planted((module, i) => `import type { T as T${i} } from "${module}"\nexport type U${i} = T${i}`))
  }
  for (const [kind, lines] of Object.entries(kinds)) {
    const found = (rule: RegExp, from: string, to: string) =>
      assert.isTrue(
        lines.some(line => rule.test(line) && line.includes(`: ${from} `) && line.includes(to)),
        lines.join("\n")
      )
    for (const [from, to, rule] of arrows) {
      it(`find that ${from} imports ${kind} from ${to}`, () => found(rule, from, to))
    }
    for (const [from, name, rule] of packages) {
      it(`find that ${from} imports ${kind} from ${name}`, () =>
        found(rule, from, name.replace(/^((@[^/]+\/)?[^/]+).*$/, "node_modules/$1/")))
    }
  }

  for (const [kind, line] of [
    [
      "values",
      (name: string, from: string) => `import { ${from} } from "./${from}.ts"\nexport const ${name} = ${from}\n`
    ],
    [
      "types",
      (name: string, from: string) =>
        `import type { ${from} } from "./${from}.ts"\nexport type ${name} = Array<${from}>\n`
    ]
  ] as const) {
    it(`find a circular import of ${kind} in one room`, () => {
      const { output, status } = cruise({
        "examples/a.ts": "",
        "src/internal/receive/a.ts": line("a", "b"),
        "src/internal/receive/b.ts": line("b", "c"),
        "src/internal/receive/c.ts": line("c", "a")
      })
      assert.notStrictEqual(status, 0)
      assert.match(output, /no circular imports, including imports of types: src\/internal\/receive\/a\.ts/)
    })
  }

  it("find a file that imports nothing and that no file imports", () => {
    const { output, status } = cruise({ "src/internal/receive/zz.ts": "export const a = 1\n", "examples/a.ts": "" })
    assert.notStrictEqual(status, 0)
    assert.match(output, /every file of src is imported, or imports something: src\/internal\/receive\/zz\.ts/)
  })

  it("allow imports that point down, through doors", () => {
    const { output, status } = cruise({
      "examples/chat/main.ts": 'import { c } from "effect-sockets/NodeNetwork"\nexport const d = c\n',
      "src/internal/receive/buffer.ts": "export const a = 1\n",
      "src/internal/receive/index.ts": 'export { a } from "./buffer.ts"\n',
      "src/Socket.ts": 'import { a } from "./internal/receive/index.ts"\nexport const b = a\n',
      "src/NodeNetwork.ts": 'import { b } from "./Socket.ts"\nexport const c = b\n'
    })
    assert.strictEqual(status, 0, output)
  })
})

describe("the linter", () => {
  const chapter = "src/internal/conformance/chapters/closing.ts"
  const part = "src/internal/testServer/parts.ts"
  const use = (module: string) => `import * as x from "${module}"\nexport const y = x\n`
  const wait = "setTimeout(() => {}, 1)\n"

  const refused: ReadonlyArray<readonly [what: string, file: string, text: string, rule: string]> = [
    ["the client imports a module of Node", "src/Client.ts", use("node:net"), "noNodejsModules"],
    ["a buffer imports a module of Node", "src/internal/receive/buffer.ts", use("node:fs"), "noNodejsModules"],
    ["a chapter imports a module of Node", chapter, use("node:net"), "noNodejsModules"],
    ["an example imports a module of Node", "examples/chat/server.ts", use("node:net"), "noNodejsModules"],
    ["an encoding uses Buffer", "src/Encoding.ts", "export const x = Buffer.alloc(1)\n", "noRestrictedGlobals"],
    ["the network uses process", "src/Network.ts", "export const x = process.pid\n", "noRestrictedGlobals"],
    ["a test server sleeps on Node's clock", part, wait, "noRestrictedGlobals"]
  ]
  const { output, status } = lint(Object.fromEntries(refused.map(([, file, text]) => [file, text])))
  for (const [what, file, , rule] of refused) {
    it(`reports that ${what}`, () => {
      assert.strictEqual(status, 1)
      assert.match(output, new RegExp(`${file.replace(/[./]/g, "\\$&")}:\\d+:\\d+ lint/\\w+/${rule}`))
    })
  }

  it("allows Node in internal/node and in main.ts", () => {
    const text = `${use("node:net")}export const p = process.pid\n`
    const { output, status } = lint({ "src/internal/node/dial.ts": text, "src/main.ts": text })
    assert.strictEqual(status, 0, output)
  })
})
