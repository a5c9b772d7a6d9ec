/**
 * Connecting with Node: errors, attempts and interruptions.
 */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"
import * as SocketAddress from "../../../src/SocketAddress.ts"
import type { ConnectError } from "../../../src/SocketError.ts"
import * as peer from "./peer.ts"

const node = Effect.provide(NodeNetwork.layer)

/** An address that refuses connections: its port was free a moment ago. */
const closedPort = Effect.scoped(Effect.map(Network.listen("127.0.0.1:0"), listener => listener.address))

const descriptors = () => fs.readdirSync("/proc/self/fd").length

describe("connecting", () => {
  it.scopedLive(
    "the error of a refused connection has the address, the reason, the code and the time that it took",
    () =>
      Effect.gen(function* () {
        const address = yield* closedPort
        const error = yield* Effect.flip(Network.connect(address))
        assert.strictEqual(error.message, `connect ${address}: connection refused (ECONNREFUSED)`)
        assert.strictEqual(error.attempts.length, 1)
        assert.strictEqual(error.attempts[0]?.outcome, "Refused")
        assert.isTrue(Duration.isDuration(error.attempts[0]?.elapsed))
      }).pipe(node)
  )

  it.scopedLive("ports 0, 65536, -1 and a text instead of a number are an AddressError", () =>
    Effect.gen(function* () {
      for (const port of [65536, -1, 1.5, Number.NaN]) {
        const error = yield* Effect.flip(Network.connect({ host: "127.0.0.1", port }))
        assert.strictEqual(error._tag === "AddressError" && error.reason, "InvalidPort", String(port))
      }
      const zero = yield* Effect.flip(Network.connect({ host: "127.0.0.1", port: 0 }))
      assert.strictEqual(zero._tag === "AddressError" && zero.reason, "InvalidPort")
      // biome-ignore lint/suspicious/noExplicitAny: what JavaScript lets through
      const text = yield* Effect.flip(Network.connect({ host: "127.0.0.1", port: "808" as any }))
      assert.strictEqual(text._tag === "AddressError" && text.reason, "InvalidPort")
    }).pipe(node)
  )

  it.scopedLive("a host that cannot be a name is an AddressError, without a lookup", () =>
    Effect.gen(function* () {
      for (const host of ["", "a..b", "x".repeat(64), "a\0b", "127.1", "256.1.1.1", "0x7f.1"]) {
        const error = yield* Effect.flip(Network.connect({ host, port: 808 }))
        assert.strictEqual(error._tag, "AddressError", host)
      }
    }).pipe(node)
  )

  it.scopedLive("an unknown name is a ResolveError with that name", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Network.connect("nosuch.invalid:808"))
      assert.strictEqual(error._tag, "ResolveError")
      assert.match(error.message, /^resolve "nosuch.invalid": .*\((ENOTFOUND|EAI_AGAIN)\)$/)
    }).pipe(node)
  )

  it.scopedLive("a name is tried at its first address of each family, and the error lists the attempts", () =>
    Effect.gen(function* () {
      const address = (yield* closedPort) as SocketAddress.Inet
      const error = yield* Effect.flip(Network.connect({ host: "localhost", port: address.port }))
      assert.strictEqual(error._tag, "ConnectError")
      const { attempts } = error as ConnectError
      assert.isAtLeast(attempts.length, 1)
      assert.match(
        error.message,
        /^connect localhost:\d+: connection refused \(ECONNREFUSED\); tried (127\.0\.0\.1|\[::1\]):/
      )
    }).pipe(node)
  )

  it.scopedLive("a missing Unix path and a plain file each have their reason", () =>
    Effect.gen(function* () {
      const missing = yield* Effect.flip(Network.connect("unix:/nonexistent/x.sock"))
      assert.strictEqual(missing._tag === "ConnectError" && missing.reason, "NotFound")
      const plain = yield* Effect.flip(Network.connect(SocketAddress.unsafeUnix(import.meta.filename.slice(0, 107))))
      assert.include(["Refused", "NotFound"], plain.reason)
    }).pipe(node)
  )
})

describe("interrupting a connect", () => {
  it.scopedLive(
    "destroys the socket at once: 1,000 connects interrupted at different moments leave no descriptor",
    () =>
      Effect.gen(function* () {
        const address = yield* peer.server(socket => {
          socket.resume()
          socket.on("end", () => socket.end())
        })
        yield* Effect.scoped(Network.connect(address))
        yield* peer.turns(20)
        const before = descriptors()
        yield* Effect.forEach(
          Array.from({ length: 1000 }, (_, i) => i),
          i =>
            Effect.gen(function* () {
              const fiber = yield* Effect.fork(Effect.scoped(Effect.zipRight(Network.connect(address), Effect.void)))
              yield* peer.turns(i % 5)
              const exit = yield* Fiber.interrupt(fiber)
              assert.isTrue(Exit.isSuccess(exit) || Cause.isInterruptedOnly(exit.cause), String(exit))
            }),
          { concurrency: 20, discard: true }
        )
        yield* peer.until("the descriptors are back", () => descriptors() <= before)
      }).pipe(node)
  )

  it.scopedLive(
    "a connect whose timeout passes is TimedOut by our timeout, with the attempts that were under way",
    () =>
      Effect.gen(function* () {
        const address = SocketAddress.unsafeInet("127.0.0.1", 1)
        const service = Network.make({
          hostname: Effect.succeed("here"),
          resolve: () => Effect.never,
          dial: () => Effect.never,
          listen: () => Effect.never
        })
        const error = yield* Effect.flip(service.connect(address, { timeout: "20 millis" }))
        assert.strictEqual(error._tag, "ConnectError")
        assert.deepInclude(error, { reason: "TimedOut", by: "timeout" })
        assert.strictEqual((error as ConnectError).attempts.length, 1)
        assert.strictEqual(error.message, "connect 127.0.0.1:1: timed out after 20ms")
        const name = SocketAddress.hostPort("slow.example", 808)
        const resolving = yield* Effect.flip(Effect.flatMap(name, to => service.connect(to, { timeout: "20 millis" })))
        assert.deepInclude(resolving, { reason: "TimedOut", by: "timeout" })
        assert.strictEqual((resolving as ConnectError).attempts.length, 0)
      })
  )
})
