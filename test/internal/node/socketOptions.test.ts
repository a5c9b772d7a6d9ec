/** Options of the operating system on connections. */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"
import type * as Socket from "../../../src/Socket.ts"
import type * as SocketAddress from "../../../src/SocketAddress.ts"

const isNewer = Number(process.versions.node.split(".")[0]) >= 24
const isLinux = process.platform === "linux"

const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, "0")

/** The timer of a connection, as `/proc/net/tcp` shows it: its kind (2 is keep-alive) and the seconds that are left. */
const timerOf = (socket: Socket.Socket) => {
  const [local, remote] = [socket.localAddress, socket.remoteAddress].map(
    address => `:${hex((address as SocketAddress.Inet).port)}`
  )
  for (const line of fs.readFileSync("/proc/net/tcp", "latin1").split("\n")) {
    const [, from = "", to = "", , , timer = ""] = line.trim().split(/\s+/)
    if (!from.endsWith(local!) || !to.endsWith(remote!)) continue
    const [kind, ticks] = timer.split(":").map(text => Number.parseInt(text, 16))
    return { kind, seconds: Math.ceil(ticks! / 100) }
  }
  return undefined
}

const both = (options?: Network.ConnectOptions & Network.ListenOptions) =>
  Effect.flatMap(Network.listen("127.0.0.1:0", options), ({ accept, address }) =>
    Effect.all([Network.connect(address, options), accept], { concurrency: 2 })
  )

const isUnsupported = (options: Network.ConnectOptions & Network.ListenOptions) =>
  Effect.gen(function* () {
    const { address } = yield* Network.listen("127.0.0.1:0")
    const connect = yield* Effect.flip(Network.connect(address, options))
    const listen = yield* Effect.flip(Network.listen("127.0.0.1:0", options))
    assert.deepStrictEqual([connect._tag, connect.reason], ["ConnectError", "Unsupported"])
    assert.deepStrictEqual([listen._tag, listen.reason], ["ListenError", "Unsupported"])
    const fd = yield* Effect.flip(Network.listenFd(1000, options))
    assert.strictEqual(fd.reason, "Unsupported")
    assert.include(connect.message, "this version of Node does not have an option")
  })

const node = Effect.provide(NodeNetwork.layer)

describe("keepAlive", () => {
  it.scopedLive.skipIf(!isLinux)(
    `starts the timer of the kernel at both ends, after whole seconds${isLinux ? "" : " (needs Linux)"}`,
    () =>
      Effect.gen(function* () {
        for (const keepAlive of ["99.5 seconds", { delay: "100 seconds" }] as const) {
          for (const socket of yield* both({ keepAlive })) {
            const timer = timerOf(socket)
            assert.strictEqual(timer?.kind, 2)
            assert.isAtLeast(timer?.seconds ?? 0, 90)
            assert.isAtMost(timer?.seconds ?? 0, 100)
          }
        }
        for (const socket of yield* both()) assert.strictEqual(timerOf(socket)?.kind, 0)
      }).pipe(node)
  )

  it.scopedLive.skipIf(!isNewer)(
    `with an interval and a count connects and listens${isNewer ? "" : " (needs Node 24)"}`,
    () => Effect.asVoid(both({ keepAlive: { delay: 100, interval: "2 seconds", count: 3 } })).pipe(node)
  )

  it.scopedLive.skipIf(isNewer)(
    `with an interval or a count fails with Unsupported${isNewer ? " (this Node supports it)" : ""}`,
    () =>
      Effect.gen(function* () {
        yield* isUnsupported({ keepAlive: { delay: 1000, interval: 1000 } })
        yield* isUnsupported({ keepAlive: { delay: 1000, count: 3 } })
      }).pipe(node)
  )
})

describe("typeOfService", () => {
  it.scopedLive.skipIf(!isNewer)(`connects and listens${isNewer ? "" : " (needs Node 24)"}`, () =>
    Effect.asVoid(both({ typeOfService: 0x28 })).pipe(node)
  )

  it.scopedLive.skipIf(isNewer)(`fails with Unsupported${isNewer ? " (this Node supports it)" : ""}`, () =>
    isUnsupported({ typeOfService: 0x28 }).pipe(node)
  )
})
