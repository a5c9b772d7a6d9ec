/**
 * Facts about Node and time, sizes, resets and descriptors, and what our sockets do about them. Each title states a
 * fact.
 */
import { spawn } from "node:child_process"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"
import * as SocketAddress from "../../../src/SocketAddress.ts"
import * as peer from "./peer.ts"

const node = Effect.provide(NodeNetwork.layer)

describe("time", () => {
  it.scopedLive(
    "Node's timeout only emits an event: a receive with a timeout of Effect ends, and the socket stays usable",
    () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        const none = yield* Effect.timeoutOption(b.recv(10), "20 millis")
        assert.isTrue(Option.isNone(none))
        yield* a.sendText("later")
        assert.deepStrictEqual(yield* b.recvText(10), Option.some("later"))
        yield* b.sendText("answer")
        assert.deepStrictEqual(yield* a.recvText(10), Option.some("answer"))
      }).pipe(node)
  )

  it.scoped("closeTimeout does not use Effect's Clock: a close also ends under a TestClock that stands still", () =>
    Effect.gen(function* () {
      const address = yield* peer.server(socket => socket.pause())
      const socket = yield* Network.connect(address, { closeTimeout: "50 millis", timeout: Duration.infinity })
      const sending = yield* Effect.fork(Effect.flip(socket.sendAll(new Uint8Array(20 * 1024 * 1024))))
      yield* peer.turns(20)
      yield* socket.close
      assert.strictEqual((yield* Fiber.join(sending)).reason, "Closed")
    }).pipe(node)
  )

  it.scopedLive("a lookup cannot be canceled: an interruption ends its fiber at once", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Network.resolve("a-name-that-is-looked-up.invalid"))
      yield* Effect.yieldNow()
      const exit = yield* Fiber.interrupt(fiber)
      assert.strictEqual(exit._tag, "Failure")
    }).pipe(node)
  )

  it.scopedLive("dns.lookup('') returns null, and for 127.1 an address: ours fails with BadName", () =>
    Effect.gen(function* () {
      for (const name of ["", "127.1", "a..b"]) {
        assert.strictEqual((yield* Effect.flip(Network.resolve(name))).reason, "BadName", name)
      }
      assert.deepStrictEqual(yield* Network.resolve("::1"), ["::1"])
    }).pipe(node)
  )
})

describe("sizes", () => {
  it.scopedLive("Node's read(n) returns null if fewer than n bytes are there: recv(n) returns what is there", () =>
    Effect.gen(function* () {
      const [a, b] = yield* Network.pair
      yield* a.sendText("abc")
      assert.deepStrictEqual(yield* b.recvText(100), Option.some("abc"))
    }).pipe(node)
  )

  it.scopedLive(
    "a close with unread bytes in the kernel is a reset: ours reads them first, so the peer sees an end",
    () =>
      Effect.gen(function* () {
        const [a, b] = yield* Network.pair
        yield* a.sendText("never received")
        yield* b.sendText("reply")
        yield* b.close
        assert.deepStrictEqual(yield* a.recvExactly(5), new TextEncoder().encode("reply"))
        assert.isTrue(Option.isNone(yield* a.recv(1)))
      }).pipe(node)
  )

  it.scopedLive("a client that is reset at once sees the reset in connect, or in its first receive", () =>
    Effect.gen(function* () {
      const turnedAway = yield* Deferred.make<void>()
      const address = yield* peer.server(socket => {
        socket.resetAndDestroy()
        Deferred.unsafeDone(turnedAway, Effect.void)
      })
      const error = yield* Effect.flip(Effect.flatMap(Network.connect(address), socket => socket.recv(1)))
      assert.include(["ConnectError", "RecvError"], error._tag)
      assert.strictEqual("reason" in error && error.reason, "Reset")
      yield* Deferred.await(turnedAway)
    }).pipe(node)
  )
})

describe("the end and the reset", () => {
  for (const bytes of [0, 1_000, 65_536, 100_000, 500_000]) {
    it.scopedLive(`a reset is not an end, even after our own end: ${bytes} bytes, then RST`, () =>
      Effect.gen(function* () {
        const address = yield* peer.server(socket => {
          socket.once("end", () => socket.write(new Uint8Array(bytes), () => socket.resetAndDestroy()))
          socket.resume()
        })
        for (let round = 0; round < 20; round++) {
          const error = yield* Network.withConnection(address, socket =>
            Effect.gen(function* () {
              yield* socket.sendText("request")
              yield* socket.shutdownSend
              if (round % 2 === 0) {
                yield* peer.turns(20)
              }
              return yield* Effect.flip(
                Effect.forever(Effect.filterOrFail(socket.recv(30_000), Option.isSome, () => "the end"))
              )
            })
          )
          assert.deepInclude(error, { _tag: "RecvError", reason: "Reset" }, `round ${round}`)
        }
      }).pipe(node)
    )
  }

  it.scopedLive("after our own end, a long answer of the peer arrives whole, and then its end", () =>
    Effect.gen(function* () {
      const address = yield* peer.server(socket => {
        socket.once("end", () => socket.end(new Uint8Array(5_000_000)))
        socket.resume()
      })
      const socket = yield* Network.connect(address, { highWaterMark: 1000 })
      yield* socket.shutdownSend
      const answer = yield* socket.recvExactly(5_000_000)
      assert.strictEqual(answer.length, 5_000_000)
      assert.isTrue(Option.isNone(yield* socket.recv(1)))
    }).pipe(node)
  )

  it.scopedLive("a reset in answer to a send after the peer's end does not destroy what the peer sent or its end", () =>
    Effect.gen(function* () {
      const address = yield* peer.server(socket => {
        socket.end("reply", () => socket.destroy())
      })
      const socket = yield* Network.connect(address, { highWaterMark: 1 })
      yield* peer.turns(20)
      yield* socket.sendText("more")
      yield* peer.turns(20)
      assert.deepStrictEqual(yield* socket.recvExactly(5), new TextEncoder().encode("reply"))
      assert.isTrue(Option.isNone(yield* socket.recv(1)))
    }).pipe(node)
  )

  it.scopedLive("read() also emits what it returns: bytes that Node holds when a send fails are received once", () =>
    Effect.gen(function* () {
      const sent = Uint8Array.from({ length: 3 * 1024 * 1024 }, (_, n) => n % 251)
      const isReset = yield* Deferred.make<void>()
      // An accepted socket, because Node holds no bytes of a socket that we connected.
      const listener = yield* Network.listen(SocketAddress.unsafeInet("127.0.0.1", 0), { highWaterMark: 1 })
      const client = yield* peer.client(listener.address as SocketAddress.Inet)
      client.write(sent)
      client.once("data", () => client.resetAndDestroy())
      client.once("close", () => Deferred.unsafeDone(isReset, Effect.void))
      const socket = yield* listener.accept
      yield* peer.turns(50)
      const { bytesReceived } = yield* socket.stats
      yield* socket.sendText("x")
      yield* Deferred.await(isReset)
      yield* Effect.flip(Effect.forever(Effect.zipRight(socket.sendText("y"), peer.turns(1))))
      let at = 0
      while (at < sent.length) {
        const next = yield* Effect.either(socket.recv(60_000))
        if (next._tag === "Left" || Option.isNone(next.right)) break
        const piece = next.right.value
        assert.deepStrictEqual(piece, sent.subarray(at, at + piece.length), `from byte ${at}`)
        at += piece.length
      }
      assert.isAbove(at, bytesReceived, "the bytes that Node held were received too")
      assert.strictEqual((yield* Effect.flip(socket.recv(1))).reason, "Reset")
    }).pipe(node)
  )

  it.scopedLive("the close event that follows a reset does not change why sends fail", () =>
    Effect.gen(function* () {
      const address = yield* peer.server(socket => {
        socket.once("data", () => socket.resetAndDestroy())
      })
      const socket = yield* Network.connect(address)
      yield* socket.sendText("x")
      yield* socket.awaitEnd
      const first = yield* Effect.flip(socket.sendText("y"))
      yield* peer.turns(20)
      const later = yield* Effect.flip(socket.sendText("z"))
      assert.deepStrictEqual([first._tag, later._tag], ["SendError", "SendError"])
      assert.strictEqual("reason" in later && later.reason, "reason" in first && first.reason)
      assert.notStrictEqual("reason" in later && later.reason, "Unknown")
    }).pipe(node)
  )
})

describe("descriptors", () => {
  it.scopedLive("without a descriptor left, connect fails, the listener survives, and both work again later", () =>
    Effect.gen(function* () {
      const root = path.resolve(import.meta.dirname, "..", "..", "..")
      const script = `ulimit -n 256; exec "${process.execPath}" --import tsx test/fixtures/fewDescriptors.ts`
      const output = yield* Effect.async<string>(resume => {
        const child = spawn("sh", ["-c", script], { cwd: root })
        let text = ""
        child.stdout.on("data", chunk => {
          text += chunk
        })
        child.stderr.on("data", chunk => {
          text += chunk
        })
        child.on("close", () => resume(Effect.succeed(text)))
      })
      assert.strictEqual(output, "ConnectError TooManyOpenFiles EMFILE, and then it connects again\n")
    })
  )
})
