/** TLS on a TCP socket of Node, which works on the handle of the socket. */
import * as fs from "node:fs"
import type * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { connectionIn } from "../../../src/internal/stream/index.ts"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"
import * as NodeTls from "../../../src/NodeTls.ts"
import type * as Socket from "../../../src/Socket.ts"
import { collect } from "../../hostile/collect.ts"
import { textFrom } from "../../proxied.ts"
import { clientOn, only, serverOn, versions } from "../../tls/kit.ts"

interface Wire {
  readonly borrower: { readonly handle: object } | undefined
  readonly socket: net.Socket & { readonly _handle: { readStart: () => number } }
}

const wireOf = (plain: Socket.Socket) => (connectionIn(plain) as unknown as { readonly wire: Wire }).wire

const unixPair = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "lent-"))),
    folder => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
  )
  const listener = yield* Network.listen(`unix:${folder}/socket`)
  return yield* Effect.all([Network.connect(listener.address), listener.accept])
})

const live = Layer.merge(NodeNetwork.layer, NodeTls.layer)

const secure = (a: Socket.Socket, b: Socket.Socket, version: "1.2" | "1.3" = "1.3") =>
  Effect.all([clientOn(a, { context: only(version), highWaterMark: 1 }), serverOn(b, { highWaterMark: 1 })], {
    concurrency: 2
  })

describe("TLS on the handle of a socket", () => {
  it.scopedLive("a client and a server over TCP work on the handle, and over a Unix path they do not", () =>
    Effect.gen(function* () {
      for (const [kind, isLent] of [
        ["TCP", true],
        ["Unix", false]
      ] as const) {
        const [a, b] = yield* kind === "TCP" ? Network.pair : unixPair
        yield* secure(a, b)
        for (const plain of [a, b]) assert.strictEqual(wireOf(plain).borrower !== undefined, isLent, kind)
      }
    }).pipe(Effect.provide(live))
  )

  it.scopedLive("if the handle does not report that it reads, as in Deno, TLS works over a stream", () =>
    Effect.gen(function* () {
      const [a, b] = yield* Network.pair
      for (const plain of [a, b]) wireOf(plain).socket._handle.readStart = () => 0
      const [client, server] = yield* secure(a, b)
      for (const plain of [a, b]) assert.isUndefined(wireOf(plain).borrower)
      yield* client.sendText("hello")
      yield* client.shutdownSend
      assert.strictEqual(yield* textFrom(server), "hello, the end")
    }).pipe(Effect.provide(live))
  )

  for (const version of versions) {
    it.scopedLive(`close_notify that arrives while reading is stopped is the end (TLS ${version})`, () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        const sides = yield* secure(a, b, version)
        for (const [sender, receiver] of [sides, [sides[1], sides[0]] as const]) {
          // More than the receiver and its kernel read ahead.
          const bytes = new Uint8Array(16 * 1024 * 1024)
          yield* Effect.fork(Effect.zipRight(sender.sendAll(bytes), sender.shutdownSend))
          yield* receiver.peekFull(1)
          assert.strictEqual((yield* receiver.recvAll()).length, bytes.length)
        }
      }).pipe(Effect.provide(live))
    )
  }

  it.scopedLive("a new connection keeps nothing of the connections before it", () =>
    Effect.gen(function* () {
      const visit = Effect.scoped(
        Effect.gen(function* () {
          const [a, b] = yield* Network.pair
          const [client, server] = yield* secure(a, b)
          yield* client.sendText("x")
          yield* server.recv(1)
          return new WeakRef(connectionIn(server))
        })
      )
      const first = yield* visit
      for (let n = 0; n < 10; n++) yield* visit
      for (let tries = 0; tries < 20 && first.deref() !== undefined; tries++) {
        yield* Effect.sleep("5 millis")
        collect()
      }
      assert.isUndefined(first.deref())
    }).pipe(Effect.provide(live))
  )

  it.scopedLive("an abort while the kernel does not take close_notify closes the connection at once", () =>
    Effect.gen(function* () {
      const [a, b] = yield* Network.pair
      const [client, server] = yield* secure(a, b)
      // As if the buffer of the kernel were full, so that the shutdown never ends.
      const { borrower } = wireOf(a)
      Object.defineProperty(borrower!.handle, "writeQueueSize", { value: 1 })
      Object.defineProperty(borrower, "half", { get: () => "Ending", set: () => {} })
      yield* client.abort
      assert.include(["the end", ", the end", "Truncated", ", Truncated"], yield* textFrom(server))
    }).pipe(Effect.provide(live))
  )
})
