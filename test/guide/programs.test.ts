/** Runs the programs of the README and the guide, each as a module of its own. Only the port is replaced. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Network from "../../src/Network.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import { start } from "../cli/spawn.ts"

const root = path.resolve(import.meta.dirname, "..", "..")
const codeOf = (name: string) => fs.readFileSync(path.join(import.meta.dirname, "programs", `${name}.ts`), "utf8")

/** Starts the code as a program. */
const run = (code: string) =>
  start(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", code], { cwd: root })

const portOf = (address: { readonly _tag: string; readonly port?: number }) => `${address.port}`

it.scopedLive("the lesson returns the received text", () =>
  Effect.gen(function* () {
    const host = yield* Network.hostname
    const listener = yield* Network.listen({ host, port: 0 })
    yield* Effect.forkScoped(Effect.scoped(Effect.flatMap(listener.accept, socket => socket.sendText("hello"))))
    const code = codeOf("lesson")
      .replace("port: 808 ", `port: ${portOf(listener.address)} `)
      .replace("Effect.runPromise(program)", "console.log((await Effect.runPromise(program)).value)")
    const { code: exit, stderr, stdout } = yield* (yield* run(code)).ended
    assert.deepStrictEqual([exit, stdout, stderr], [0, "hello\n", ""])
  }).pipe(Effect.provide(NodeNetwork.layer))
)

it.scopedLive("the client of the README prints the answer of its server, which drains at SIGINT", () =>
  Effect.gen(function* () {
    const free = yield* Effect.scoped(Effect.map(Network.listen("127.0.0.1:0"), ({ address }) => portOf(address)))
    const server = yield* run(codeOf("server").replace("localhost:8080", `127.0.0.1:${free}`))
    // It says nothing when it listens.
    yield* Effect.retry(Effect.scoped(Network.connect(`127.0.0.1:${free}`)), { schedule: Schedule.spaced("20 millis") })
    const client = yield* run(codeOf("client").replace("localhost:8080", `127.0.0.1:${free}`))
    const { code, stderr, stdout } = yield* client.ended
    assert.deepStrictEqual([code, stdout, stderr], [0, "HELLO\n", ""])
    yield* server.kill("SIGINT")
    const ended = yield* server.ended
    assert.strictEqual(ended.stderr, "")
  }).pipe(Effect.provide(NodeNetwork.layer))
)
