/** A pump between peers in other processes. */
import * as path from "node:path"
import * as v8 from "node:v8"
import * as vm from "node:vm"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Network from "../src/Network.ts"
import * as NodeNetwork from "../src/NodeNetwork.ts"
import * as Pump from "../src/Pump.ts"
import * as SocketAddress from "../src/SocketAddress.ts"
import { start } from "./cli/spawn.ts"
import { random } from "./fixtures/codecOracle.ts"
import { drain } from "./proxied.ts"

/** Starts a peer that listens in another process. Returns its address and its process. */
const peer = (role: "send" | "receive" | "echo", bytes = 0) =>
  Effect.gen(function* () {
    const program = path.join(import.meta.dirname, "fixtures", "bulkPeer.ts")
    const running = yield* start(process.execPath, ["--import", "tsx", program, role, String(bytes)])
    const [, port] = yield* running.wrote("stdout", /^{"port":(\d+)}\n/)
    return { address: SocketAddress.unsafeInet("127.0.0.1", Number(port)), running }
  })

const mib = 1024 * 1024

/** Runs the garbage collector, so that the remaining memory is in use. */
const collect = (() => {
  v8.setFlagsFromString("--expose-gc")
  return vm.runInNewContext("gc") as () => void
})()

const memoryInUse = Effect.sync(() => {
  collect()
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return arrayBuffers + heapUsed
})

/** In bytes. V8 may keep 64 MiB of garbage in array buffers before it collects them. Half of that again for the rest. */
const mostResident = 96 * mib
const mostInUse = 32 * mib

describe("a proxy", () => {
  it.scopedLive("to an echo server returns to a client all bytes that it sent", () =>
    Effect.gen(function* () {
      const { address } = yield* peer("echo")
      const listener = yield* Network.listen("127.0.0.1:0")
      const proxy = yield* Effect.fork(
        Effect.scoped(
          Effect.flatMap(Effect.zip(listener.accept, Network.connect(address)), ([client, server]) =>
            Pump.pump(client, server)
          )
        )
      )
      const client = yield* Network.connect(listener.address)
      const next = random(1)
      const sent = Uint8Array.from({ length: 3 * mib }, () => next(256))
      yield* Effect.fork(Effect.zipRight(client.sendAll(sent), client.shutdownSend))
      const { bytes, end } = yield* drain(client)
      assert.strictEqual(end, "the end")
      assert.isTrue(bytes.equals(sent))
      assert.deepStrictEqual(yield* Fiber.join(proxy), { aToB: sent.length, bToA: sent.length })
    }).pipe(Effect.provide(NodeNetwork.layer))
  )

  it.scopedLive(
    "copies 1 GiB in bounded memory, and every byte arrives",
    () =>
      Effect.gen(function* () {
        const bytes = 1024 * mib
        const [from, to] = [yield* peer("send", bytes), yield* peer("receive")]
        const [a, b] = [yield* Network.connect(from.address), yield* Network.connect(to.address)]
        const before = { inUse: yield* memoryInUse, resident: process.memoryUsage.rss() }
        const most = { inUse: 0, resident: 0, reports: 0 }
        const onProgress = () =>
          Effect.gen(function* () {
            most.resident = Math.max(most.resident, process.memoryUsage.rss())
            most.inUse = Math.max(most.inUse, yield* memoryInUse)
            most.reports += 1
          })
        assert.deepStrictEqual(yield* Pump.pump(a, b, { onProgress, every: 500 }), { aToB: bytes, bToA: 0 })
        yield* to.running.wrote("stdout", new RegExp(`{"bytes":${bytes},"same":true}\n`))
        assert.isAbove(most.reports, 1)
        assert.isBelow(most.inUse - before.inUse, mostInUse)
        assert.isBelow(most.resident - before.resident, mostResident)
      }).pipe(Effect.provide(NodeNetwork.layer)),
    120_000
  )
})
