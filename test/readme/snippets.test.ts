/** The programs of the README, each as it stands there but for the port, run as a module of its own. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Network from "../../src/Network.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import type * as Socket from "../../src/Socket.ts"
import { start } from "../cli/spawn.ts"

const root = path.resolve(import.meta.dirname, "..", "..")

const [lesson = "", greeting = ""] = Array.from(
  fs.readFileSync(path.join(root, "README.md"), "utf8").matchAll(/^```ts\n([\s\S]*?)^```$/gm),
  match => match[1] ?? ""
)

const greets = (socket: Socket.Socket) => socket.sendText("hello")

/** Runs the code against a server on a free port of this host, and gives what it wrote. */
const run = (code: string, host: string, port: number) =>
  Effect.gen(function* () {
    const listener = yield* Network.listen({ host, port: 0 })
    yield* Effect.forkScoped(Effect.forever(Effect.scoped(Effect.flatMap(listener.accept, greets))))
    assert.strictEqual(code.split(`${port}`).length, 2, "the port stands there once")
    const own = listener.address._tag === "Inet" ? code.replace(`${port}`, `${listener.address.port}`) : code
    const args = ["--import", "tsx", "--input-type=module", "--eval", own]
    return yield* (yield* start(process.execPath, args, { cwd: root })).ended
  }).pipe(Effect.provide(NodeNetwork.layer))

it.scopedLive("the lesson gives what it received", () =>
  Effect.gen(function* () {
    const host = yield* Effect.provide(Network.hostname, NodeNetwork.layer)
    const told = lesson.replace("Effect.runPromise(program)", "console.log((await Effect.runPromise(program)).value)")
    assert.notStrictEqual(told, lesson)
    assert.deepStrictEqual(yield* run(told, host, 808), { code: 0, stdout: "hello\n", stderr: "" })
  })
)

it.scopedLive("the same in one call, within a larger program", () =>
  Effect.gen(function* () {
    const larger = `import * as NodeNetwork from "effect-sockets/NodeNetwork"
      ${greeting}
      console.log(await Effect.runPromise(Effect.provide(greeting, NodeNetwork.layer)))`
    assert.deepStrictEqual(yield* run(larger, "localhost", 8080), { code: 0, stdout: "hello\n", stderr: "" })
  })
)
