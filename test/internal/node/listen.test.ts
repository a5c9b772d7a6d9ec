/**
 * Facts about how Node listens and accepts, and what our listener does about them. Each title states a fact.
 */
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"
import * as SocketAddress from "../../../src/SocketAddress.ts"
import * as peer from "./peer.ts"

const node = Effect.provide(NodeNetwork.layer)

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "listen-"))),
  folder => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

const unix = Effect.map(folder, folder => SocketAddress.unsafeUnix(path.join(folder, "x.sock")))

describe("accepting", () => {
  it.scopedLive("Node accepts eagerly: connections beyond the accept queue are reset, and counted", () =>
    Effect.gen(function* () {
      const listener = yield* Network.listen("127.0.0.1:0", { acceptQueue: 3 })
      const address = listener.address as SocketAddress.Inet
      const clients = yield* Effect.replicateEffect(peer.client({ host: address.host, port: address.port }), 8)
      let stats = yield* listener.stats
      while (stats.queued + stats.refused < 8) {
        yield* peer.turns(1)
        stats = yield* listener.stats
      }
      assert.deepStrictEqual(stats, { queued: 3, accepted: 0, refused: 5, starved: 0 })
      const reset = () => clients.filter(one => (one.errored as NodeJS.ErrnoException | null)?.code === "ECONNRESET")
      yield* peer.until("five clients see a reset", () => {
        for (const one of clients) {
          one.resume()
        }
        return reset().length === 5
      })
    }).pipe(node)
  )

  it.scopedLive("a connection that is reset before it is accepted does not end the process, and can be accepted", () =>
    Effect.gen(function* () {
      const listener = yield* Network.listen("127.0.0.1:0")
      const address = listener.address as SocketAddress.Inet
      const client = yield* peer.client({ host: address.host, port: address.port })
      client.resetAndDestroy()
      yield* peer.turns(20)
      const socket = yield* listener.accept
      const error = yield* Effect.flip(socket.recv(1))
      assert.strictEqual(error.reason, "Reset")
    }).pipe(node)
  )

  it.scopedLive(
    "server.close waits for open connections: ours frees the address at once, and the connections live on",
    () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const listener = yield* Scope.extend(Network.listen("127.0.0.1:0"), scope)
        const client = yield* Network.connect(listener.address)
        const server = yield* listener.accept
        yield* Scope.close(scope, Exit.void)
        const again = yield* Network.listen(listener.address)
        assert.deepStrictEqual(again.address, listener.address)
        yield* client.sendText("still here")
        assert.strictEqual((yield* server.recvText(100))._tag, "Some")
      }).pipe(node)
  )

  it.scopedLive(
    "an error event of a listening server is about one connection: accept fails once, and the next accept works",
    () =>
      Effect.gen(function* () {
        const listener = yield* Network.listen("127.0.0.1:0")
        const { port } = listener.address as SocketAddress.Inet
        const handles = (
          process as unknown as { readonly _getActiveHandles: () => ReadonlyArray<unknown> }
        )._getActiveHandles()
        const server = handles
          .filter(handle => handle instanceof net.Server)
          .find(server => (server.address() as net.AddressInfo).port === port)
        server?.emit("error", Object.assign(new Error("accept EPROTO"), { code: "EPROTO", syscall: "accept" }))
        assert.deepInclude(yield* Effect.flip(Effect.scoped(listener.accept)), { reason: "Unknown", code: "EPROTO" })
        const client = yield* Network.connect(listener.address)
        assert.deepStrictEqual((yield* listener.accept).remoteAddress, client.localAddress)
      }).pipe(node)
  )

  it.scopedLive("a connection waits paused: bytes that arrive before it is accepted are kept", () =>
    Effect.gen(function* () {
      const listener = yield* Network.listen("127.0.0.1:0")
      const client = yield* Network.connect(listener.address)
      yield* client.sendText("early")
      yield* client.shutdownSend
      yield* peer.turns(20)
      const server = yield* listener.accept
      assert.deepStrictEqual(yield* server.recvExactly(5), new TextEncoder().encode("early"))
    }).pipe(node)
  )

  it.scopedLive("accepts interrupted at every moment lose no connection", () =>
    Effect.gen(function* () {
      const listener = yield* Network.listen("127.0.0.1:0")
      let accepted = 0
      const clients = yield* Effect.fork(
        Effect.forEach(new Array(200).fill(0), () => Effect.asVoid(Network.connect(listener.address)), {
          discard: true
        })
      )
      for (let i = 0; accepted < 200; i++) {
        assert.isBelow(i, 100_000)
        const fiber = yield* Effect.fork(listener.accept)
        yield* peer.turns(i % 4)
        const exit = yield* Fiber.interrupt(fiber)
        accepted += Exit.isSuccess(exit) ? 1 : 0
      }
      yield* Fiber.join(clients)
      assert.deepStrictEqual(yield* listener.stats, { queued: 0, accepted: 200, refused: 0, starved: 0 })
    }).pipe(node)
  )
})

/** True if this user may bind any port. The tests of the program use another user for this. */
const mayBind = await new Promise<boolean>(resolve => {
  const server = net.createServer()
  server.once("error", () => resolve(false))
  server.listen(1, "127.0.0.1", () => server.close(() => resolve(true)))
})
const reason = mayBind ? " (skipped: this user may bind any port)" : ""

describe("ports", () => {
  it.scopedLive.skipIf(mayBind)(`a port below 1024 needs privileges, and the error says so${reason}`, () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Network.listen("127.0.0.1:1"))
      assert.strictEqual(
        error.message,
        "listen 127.0.0.1:1: permission denied (EACCES); ports below 1024 need privileges"
      )
    }).pipe(node)
  )

  it.scopedLive("an address in use and an address of another machine have different reasons", () =>
    Effect.gen(function* () {
      const listener = yield* Network.listen("127.0.0.1:0")
      assert.strictEqual((yield* Effect.flip(Network.listen(listener.address))).reason, "AddressInUse")
      assert.strictEqual((yield* Effect.flip(Network.listen("192.0.2.1:0"))).reason, "AddressNotAvailable")
    }).pipe(node)
  )
})

describe("unix paths", () => {
  it.scopedLive("Node truncates a path over 107 bytes silently: ours fails", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Network.listen(`unix:/${"x".repeat(107)}`))
      assert.strictEqual(error._tag === "AddressError" && error.reason, "PathTooLong")
      const longest = yield* folder
      const name = path.join(longest, "x".repeat(106 - longest.length))
      assert.strictEqual(Buffer.byteLength(name), 107)
      yield* Network.listen(`unix:${name}`)
      assert.isTrue(fs.existsSync(name))
    }).pipe(node)
  )

  it.scopedLive("a missing directory is EACCES: ours is NotFound, and the message says what is missing", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Network.listen(`unix:${yield* folder}/missing/x.sock`))
      assert.strictEqual(error._tag === "ListenError" && error.reason, "NotFound")
      assert.match(error.message, /no such directory/)
    }).pipe(node)
  )

  it.scopedLive("a stale path is in use for a listener and refuses a client; a missing path is not found", () =>
    Effect.gen(function* () {
      const address = yield* unix
      const missing = yield* Effect.flip(Network.connect(address))
      assert.strictEqual(missing.reason, "NotFound")
      const scope = yield* Scope.make()
      const aside = `${address.path}.aside`
      yield* Scope.extend(Network.listen(address), scope)
      fs.linkSync(address.path ?? "", aside)
      yield* Scope.close(scope, Exit.void)
      fs.renameSync(aside, address.path ?? "")
      assert.strictEqual((yield* Effect.flip(Network.listen(address))).reason, "AddressInUse")
      assert.strictEqual((yield* Effect.flip(Network.connect(address))).reason, "Refused")
    }).pipe(node)
  )

  it.scopedLive("a close removes the path, but not the path of a successor", () =>
    Effect.gen(function* () {
      const address = yield* unix
      const file = address.path ?? ""
      const first = yield* Scope.make()
      yield* Scope.extend(Network.listen(address), first)
      fs.unlinkSync(file)
      const second = yield* Scope.make()
      const successor = yield* Scope.extend(Network.listen(address), second)
      yield* Scope.close(first, Exit.void)
      assert.isTrue(fs.existsSync(file))
      yield* Effect.scoped(Network.connect(successor.address))
      yield* Scope.close(second, Exit.void)
      assert.deepStrictEqual(fs.readdirSync(path.dirname(file)), [])
    }).pipe(node)
  )

  it.scopedLive("the client of a Unix socket has no address: it is unnamed on both sides", () =>
    Effect.gen(function* () {
      const address = yield* unix
      const listener = yield* Network.listen(address)
      const client = yield* Network.connect(listener.address)
      const server = yield* listener.accept
      assert.strictEqual(String(client.localAddress), "unix:")
      assert.strictEqual(String(client.remoteAddress), String(address))
      assert.strictEqual(String(server.localAddress), String(address))
      assert.strictEqual(String(server.remoteAddress), "unix:")
    }).pipe(node)
  )

  it("libuv pads abstract names, so only Node could reach them: ours rejects them", () => {
    assert.strictEqual(SocketAddress.unix("\0name")._tag, "Left")
  })
})

it("net.Server closes clients beyond maxConnections cleanly, as if they were served: ours never sets it", () => {
  assert.isUndefined(net.createServer().maxConnections)
})
