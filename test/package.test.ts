/** The package as users install it: built, installed next to its peer dependencies, and imported by its export paths. */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, assert, beforeAll, describe, inject, it } from "@effect/vitest"

const root = path.resolve(import.meta.dirname, "..")
const manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))
const project = fs.mkdtempSync(path.join(os.tmpdir(), "package-"))
const modules = path.join(project, "node_modules")
const installed = path.join(modules, "effect-sockets")
const isOptional = (name: string) => manifest.peerDependenciesMeta?.[name]?.optional === true

const run = (script: string, ...args: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [script, ...args], { cwd: project, encoding: "utf8" })
  return { status, stderr, stdout }
}

const tsc = path.join(root, "node_modules", "typescript", "bin", "tsc")

/** Installs the package and its peer dependencies, except the optional ones. */
const install = () => {
  fs.mkdirSync(path.join(modules, "@effect"), { recursive: true })
  fs.mkdirSync(path.join(modules, "@types"))
  fs.cpSync(inject("built"), installed, { recursive: true })
  for (const name of [...Object.keys(manifest.peerDependencies), "@types/node"].filter(name => !isOptional(name))) {
    fs.symlinkSync(path.join(root, "node_modules", name), path.join(modules, name))
  }
}

const paths: ReadonlyArray<string> = Object.keys(manifest.exports).filter(
  key => key !== "./package.json" && manifest.exports[key] !== null
)
const publicModules = fs
  .readdirSync(path.join(root, "src"))
  .filter(file => file.endsWith(".ts") && file !== "index.ts" && file !== "main.ts")
  .map(file => file.slice(0, -3))

describe("the built package", () => {
  beforeAll(install)
  afterAll(() => fs.rmSync(project, { recursive: true, force: true }))

  it("exports each public module", () =>
    assert.deepStrictEqual([...paths].sort(), [".", ...publicModules.map(name => `./${name}`)].sort()))

  it("is built before it is packed, and contains what it exports", () => {
    assert.strictEqual(manifest.scripts.prepack, "npm run build")
    assert.include(manifest.files, "dist")
  })

  it("has types and code for each export path", () => {
    for (const key of paths) {
      const { default: file, types } = manifest.exports[key]
      for (const one of [file, types]) assert.isTrue(fs.existsSync(path.join(installed, one)), one)
    }
  })

  it("has no dependencies except its peer dependencies", () => assert.notProperty(manifest, "dependencies"))

  it("can be imported and required by each export path, but not by internal paths", () => {
    const names = paths.map(key => path.posix.join("effect-sockets", key))
    fs.writeFileSync(
      path.join(project, "use.mjs"),
      `import { createRequire } from "node:module"
       const require = createRequire(import.meta.url)
       for (const name of ${JSON.stringify(names)}) {
         const imported = await import(name)
         console.log(name, Object.keys(imported).length > 0, require(name) === imported)
       }
       const closed = await import("effect-sockets/internal/byteQueue").catch(error => error.code)
       console.log(closed)`
    )
    const { stdout, stderr } = run("use.mjs")
    const expected = [...names.map(name => `${name} true true`), "ERR_PACKAGE_PATH_NOT_EXPORTED", ""].join("\n")
    assert.strictEqual(stdout, expected, stderr)
  })

  it("the index does not load modules of Node", () => {
    fs.writeFileSync(
      path.join(project, "index.mjs"),
      `import * as net from "node:module"
       net.register("data:text/javascript," + encodeURIComponent(\`
         export const resolve = (name, context, next) => {
           if (/^node:(net|dns|os|fs|tls|crypto)$/.test(name) && String(context.parentURL).includes("effect-sockets/dist")) {
             throw new Error(name + " is loaded by " + context.parentURL)
           }
           return next(name, context)
         }\`))
       await import("effect-sockets")
       console.log("loaded")
       await import("effect-sockets/NodeNetwork").catch(error => console.log(/is loaded by/.test(error.message)))`
    )
    assert.strictEqual(run("index.mjs").stdout, "loaded\ntrue\n")
  })

  it("type-checks in a strict program of a user", () => {
    fs.writeFileSync(
      path.join(project, "use.ts"),
      `import { Effect } from "effect"
       import { Client, Network } from "effect-sockets"
       import * as NodeNetwork from "effect-sockets/NodeNetwork"
       import * as Socket from "effect-sockets/Socket"
       const program: Effect.Effect<string, unknown, Network.Network> = Client.receiveOnce("localhost:808")
       export const main = Effect.provide(program, NodeNetwork.layer)
       export const use = (socket: Socket.Socket) => socket.recv(1024)`
    )
    fs.writeFileSync(path.join(project, "package.json"), `{ "type": "module" }`)
    const flags = ["--strict", "--exactOptionalPropertyTypes", "--module", "NodeNext", "--target", "ES2022", "--noEmit"]
    const { status, stdout } = run(tsc, ...flags, "--skipLibCheck", "use.ts")
    assert.strictEqual(status, 0, stdout)
  }, 120_000)

  it("lets a user export effects and layers in a library that has declarations", () => {
    fs.writeFileSync(
      path.join(project, "library.ts"),
      `import { Framing, Names, Network, Pump, Server, Socket } from "effect-sockets"
       import * as Latency from "effect-sockets/Latency"
       import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"
       import * as TestServer from "effect-sockets/TestServer"
       export const line = (socket: Socket.Socket) => socket.recvLine()
       export const lines = (socket: Socket.Socket) => socket.lines()
       export const text = (socket: Socket.Socket) => socket.recvText(10)
       export const until = (socket: Socket.Socket) => socket.recvUntil(";")
       export const wrapped = (socket: Socket.Socket) => Socket.wrap(socket, {})
       export const connected = Network.connect("localhost:80")
       export const named = Names.getaddrinfo("localhost", 80)
       export const pumped = Pump.pump
       export const framed = Framing.lines()
       export const served = Server.layer("localhost:80", socket => socket.recvLine())
       export const latency = Latency.constant("1 second")
       export const options = { latency: Latency.uniform("1 second", "2 seconds") }
       export const world = SimulatedNetwork.layer
       export const run = SimulatedNetwork.run
       export const silent = TestServer.layerSilent()`
    )
    fs.writeFileSync(path.join(project, "package.json"), `{ "type": "module" }`)
    const flags = ["--strict", "--module", "NodeNext", "--target", "ES2022", "--declaration", "--outDir", "declared"]
    const { status, stdout } = run(tsc, ...flags, "--skipLibCheck", "library.ts")
    assert.strictEqual(status, 0, stdout)
  }, 120_000)

  it("the program runs without any installed package", () => {
    const alone = path.join(project, "alone.mjs")
    fs.copyFileSync(path.join(installed, "dist", "main.js"), alone)
    fs.renameSync(modules, `${modules}.away`)
    const { status, stderr, stdout } = run(alone)
    fs.renameSync(`${modules}.away`, modules)
    assert.deepStrictEqual({ status, stderr, stdout }, { status: 0, stderr: "", stdout: "Connection Established\n" })
  })

  it("has the license notices of the packages in the program", () => {
    const notices = fs.readFileSync(path.join(installed, "dist", "main.notices.txt"), "utf8")
    for (const name of ["effect", "@effect/cli", "@effect/printer"])
      assert.match(notices, new RegExp(`^${name} \\d`, "m"))
  })

  /** The files that an import of `name` loads. */
  const loads = (name: string): ReadonlyArray<string> => {
    fs.writeFileSync(
      path.join(project, "loads.mjs"),
      `import * as module from "node:module"
       module.register("data:text/javascript," + encodeURIComponent(\`
         import * as fs from "node:fs"
         export const load = (url, context, next) => (fs.writeSync(2, url + "\\\\n"), next(url, context))\`))
       await import(${JSON.stringify(name)})`
    )
    return run("loads.mjs").stderr.split("\n")
  }

  it("neither the network nor the index loads effect/Schema", () => {
    for (const name of ["effect-sockets/Network", "effect-sockets"]) {
      const files = loads(name)
      assert.isTrue(
        files.some(file => file.endsWith("/effect/dist/esm/Effect.js")),
        files.join("\n")
      )
      assert.deepStrictEqual(
        files.filter(file => /\/(Schema|ParseResult)\.js$/.test(file)),
        []
      )
    }
  })

  it("the index loads no modules for tests", () => {
    const own = loads("effect-sockets").filter(file => file.includes("effect-sockets/dist"))
    assert.isAbove(own.length, 10)
    assert.deepStrictEqual(
      own.filter(file => /simulated|conformance|testServer|Fault|Latency|TestServer|TestCertificates/i.test(file)),
      []
    )
  })
})
