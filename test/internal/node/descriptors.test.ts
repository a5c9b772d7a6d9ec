/**
 * When descriptors run out, libuv accepts a connection and closes it, so that its client sees a clean end. Our listener
 * keeps the last descriptor free, and resets a connection that takes it.
 */
import * as net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"
import { isThere, start } from "../../cli/spawn.ts"

const limit = 256
const crowd = 400

/** Connects a client. Returns the text that it received, or the code of its error. */
const fate = (port: number): Promise<string> =>
  new Promise(resolve => {
    let text = ""
    const socket = net.connect(port, "127.0.0.1")
    socket.setEncoding("utf8").on("data", chunk => {
      text += chunk
    })
    socket.on("error", error => resolve("code" in error ? String(error.code) : error.message))
    socket.on("end", () => resolve(text))
  })

const reason = isThere("sh", ["-c", `ulimit -n ${limit}`]) ? "" : " (skipped: there is no ulimit)"

describe.skipIf(reason !== "")(`a listener without descriptors${reason}`, () => {
  it.scopedLive(
    "resets and counts the clients that it cannot serve, warns, and serves all others and later clients",
    () =>
      Effect.gen(function* () {
        const words = `"${process.execPath}" --import tsx test/fixtures/starved.ts ${crowd}`
        const running = yield* start("sh", ["-c", `ulimit -n ${limit}; exec ${words}`])
        const [, port] = yield* running.wrote("stdout", /"port":(\d+)/)
        const fates = Array.from({ length: crowd }, () => fate(Number(port)))
        const [line] = yield* running.wrote("stdout", /\{"queued".*\}/)
        const { accepted, queued, refused, starved } = JSON.parse(line)
        assert.deepStrictEqual([accepted, refused, queued + starved], [0, 0, crowd])
        assert.isAbove(queued, limit / 2)
        const seen = yield* Effect.promise(() => Promise.all(fates))
        const count = (fate: string) => seen.filter(one => one === fate).length
        assert.deepStrictEqual([count("hello"), count("ECONNRESET")], [queued, starved])
        assert.strictEqual(yield* Effect.promise(() => fate(Number(port))), "hello")
        const [, address, number] = yield* running.wrote(
          "stdout",
          /accept (\S+): too many open files: (\d+) connections refused so far; raise the limit \(ulimit -n\)/
        )
        assert.deepStrictEqual([address, Number(number)], [`127.0.0.1:${port}`, 2])
        yield* running.kill("SIGTERM")
        const warnings = (yield* running.ended).stdout.match(/refused so far/g) ?? []
        assert.strictEqual(warnings.length, 1 + Math.floor(Math.log2(starved)))
      })
  )
})

describe.skipIf(reason !== "")(`a program that has taken all descriptors for itself${reason}`, () => {
  it.scopedLive("has a listener that resets and counts clients, and serves them when descriptors are free again", () =>
    Effect.gen(function* () {
      const words = `"${process.execPath}" --import tsx test/fixtures/filled.ts`
      const running = yield* start("sh", ["-c", `ulimit -n ${limit}; exec ${words}`])
      const [, port] = yield* running.wrote("stdout", /"port":(\d+)/)
      yield* running.wrote("stdout", /\{"filled":\d\d+\}/)
      assert.strictEqual(yield* Effect.promise(() => fate(Number(port))), "ECONNRESET")
      yield* running.wrote("stdout", /\{"queued":0,"accepted":0,"refused":0,"starved":1\}/)
      assert.strictEqual(yield* Effect.promise(() => fate(Number(port))), "hello")
    })
  )
})

it.scopedLive("if the whole system has no descriptors left, a listener counts the losses and continues", () =>
  Effect.gen(function* () {
    const servers: Array<net.Server> = []
    const listen = net.Server.prototype.listen
    net.Server.prototype.listen = function (this: net.Server, ...args: ReadonlyArray<unknown>) {
      servers.push(this)
      return Reflect.apply(listen, this, args)
    }
    const listener = yield* Effect.ensuring(
      Network.listen("127.0.0.1:0"),
      Effect.sync(() => {
        net.Server.prototype.listen = listen
      })
    )
    servers[0]?.emit("error", Object.assign(new Error("accept ENFILE"), { code: "ENFILE", syscall: "accept" }))
    assert.strictEqual((yield* listener.stats).starved, 1)
    yield* Network.connect(listener.address)
    yield* listener.accept
  }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)), Effect.provide(NodeNetwork.layer))
)
