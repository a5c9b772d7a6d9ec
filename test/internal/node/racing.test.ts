/**
 * Racing addresses on the loopback. A listener with a full backlog does not answer, like an address without a machine.
 */

import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import type * as Arr from "effect/Array"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { dial } from "../../../src/internal/node/dial.ts"
import { listen } from "../../../src/internal/node/listen.ts"
import * as Network from "../../../src/Network.ts"
import type * as SocketAddress from "../../../src/SocketAddress.ts"
import type { ConnectError } from "../../../src/SocketError.ts"
import { resolvesTo } from "../../fixtures/resolving.ts"
import * as peer from "./peer.ts"

const reason = process.platform === "linux" ? "" : " (skipped: only Linux has all of 127.0.0.0/8 on its loopback)"

const full = "127.0.0.2"
const refusing = "127.0.0.3"
const good = "127.0.0.1"

/** A network with real sockets, on which every name has these addresses. */
const named = (hosts: Arr.NonEmptyReadonlyArray<string>) =>
  Layer.succeed(Network.Network, Network.make({ ...driver, resolve: resolvesTo(hosts) }))

const driver = { hostname: Effect.succeed("here"), dial, listen }

const program = `
  const server = require("node:net").createServer()
  server.listen({ host: process.argv[1], port: Number(process.argv[2]), backlog: 1 }, () => console.log("listening"))
`

/** A listener that never accepts and whose backlog is full: a stopped process, and two clients that wait. */
const clogged = (host: string, port: number): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => spawn(process.execPath, ["-e", program, host, String(port)])),
      child => Effect.sync(() => child.kill("SIGKILL"))
    )
    yield* Effect.async<void>(resume => {
      child.stdout.once("data", () => resume(Effect.void))
      child.once("close", () => resume(Effect.dieMessage("it should listen")))
    })
    child.kill("SIGSTOP")
    yield* peer.until("the process is stopped", () => / T /.test(fs.readFileSync(`/proc/${child.pid}/stat`, "utf8")))
    yield* peer.client({ host, port })
    yield* peer.client({ host, port })
  })

describe.skipIf(reason !== "")(`a name whose first address does not answer${reason}`, () => {
  it.scopedLive("is connected at its next address after 250 ms, and the first attempt leaves no descriptor", () =>
    Effect.gen(function* () {
      const listener = yield* Network.listen({ host: good, port: 0 })
      const { port } = listener.address as SocketAddress.Inet
      yield* clogged(full, port)
      const before = fs.readdirSync("/proc/self/fd").length
      const [elapsed, socket] = yield* Effect.timed(Network.connect({ host: "slow.test", port }))
      assert.strictEqual(socket.remoteAddress.toString(), `${good}:${port}`)
      assert.isAtLeast(Duration.toMillis(elapsed), 249)
      assert.isBelow(Duration.toMillis(elapsed), 20_000, "it did not wait for the first attempt")
      const accepted = yield* listener.accept
      yield* socket.sendText("hello")
      assert.strictEqual((yield* accepted.recvExactly(5)).length, 5)
      assert.strictEqual(fs.readdirSync("/proc/self/fd").length, before + 2)
    }).pipe(Effect.provide(named([full, refusing, good])))
  )

  it.scopedLive("fails after the timeout, with the outcome and the duration of every attempt", () =>
    Effect.gen(function* () {
      const listener = yield* Network.listen({ host: good, port: 0 })
      const { port } = listener.address as SocketAddress.Inet
      yield* clogged(full, port)
      const before = fs.readdirSync("/proc/self/fd").length
      const connecting = Network.connect({ host: "slow.test", port }, { timeout: "600 millis" })
      const [elapsed, error] = yield* Effect.timed(Effect.flip(connecting))
      assert.strictEqual(
        error.message,
        `connect slow.test:${port}: timed out after 600ms; tried ${full}:${port}, ${refusing}:${port}`
      )
      const { attempts } = error as ConnectError
      assert.deepStrictEqual(
        attempts.map(attempt => attempt.outcome),
        ["TimedOut", "Refused"]
      )
      // The timeout includes the lookup of the name, which comes before the first attempt.
      assert.isAtLeast(Duration.toMillis(elapsed), 599)
      assert.isBelow(Duration.toMillis(attempts[1]!.elapsed), Duration.toMillis(attempts[0]!.elapsed))
      yield* peer.until("the descriptors are back", () => fs.readdirSync("/proc/self/fd").length === before)
    }).pipe(Effect.provide(named([full, refusing])))
  )
})
