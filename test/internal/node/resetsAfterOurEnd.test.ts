/** A reset after our own end is never an end, and a transport for a socket that has ended or was reset never hangs. */
import * as net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { receiveAll } from "../../../src/internal/conformance/kit/pairs.ts"
import { Inlet } from "../../../src/internal/node/inlet.ts"
import { NodeWire } from "../../../src/internal/node/wire.ts"
import { WireTransport } from "../../../src/internal/stream/wireTransport.ts"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"
import * as SocketAddress from "../../../src/SocketAddress.ts"
import * as peer from "./peer.ts"

const node = Effect.provide(NodeNetwork.layer)
const rounds = Array.from({ length: 8 })
const free = SocketAddress.unsafeInet("127.0.0.1", 0)

/** A socket of ours that connected, and its peer on plain `node:net`. */
const connected = (highWaterMark?: number) =>
  Effect.gen(function* () {
    const accepted = yield* Deferred.make<net.Socket>()
    const address = yield* peer.server(socket => {
      socket.resume()
      Deferred.unsafeDone(accepted, Effect.succeed(socket))
    })
    const socket = yield* Network.connect(address, { highWaterMark })
    return { socket, other: yield* Deferred.await(accepted) }
  })

/** A socket of ours that was accepted, and its peer on plain `node:net`. */
const accepted = (highWaterMark?: number) =>
  Effect.gen(function* () {
    const listener = yield* Network.listen(free, { highWaterMark })
    const other = yield* peer.client(listener.address as SocketAddress.Inet)
    return { socket: yield* listener.accept, other }
  })

describe("a reset after our own end is not an end", () => {
  const cases: ReadonlyArray<readonly [mark: number, first: number, second: number]> = [
    [4096, 100_000, 1000],
    [1, 2000, 3000]
  ]
  for (const [mark, first, second] of cases) {
    it.scopedLive(`if a chunk had paused the socket, with a high-water mark of ${mark}`, () =>
      Effect.forEach(rounds, () =>
        Effect.scoped(
          Effect.gen(function* () {
            const { other, socket } = yield* connected(mark)
            yield* socket.shutdownSend
            other.write(new Uint8Array(first))
            while ((yield* socket.stats).bytesReceived < mark) yield* peer.turns(1)
            other.write(new Uint8Array(second))
            yield* peer.turns(50)
            other.resetAndDestroy()
            yield* peer.turns(20)
            assert.strictEqual((yield* receiveAll(socket)).end, "Reset")
          })
        )
      ).pipe(Effect.asVoid, node)
    )
  }

  for (const [which, meet] of [
    ["connected", connected],
    ["accepted", accepted]
  ] as const) {
    for (const mark of [undefined, 500]) {
      const held = mark === undefined ? "" : ", which pause the socket"
      it.scopedLive(
        `if our half ends in the turn in which the last bytes arrived${held} (a socket that was ${which})`,
        () =>
          Effect.forEach(rounds, () =>
            Effect.scoped(
              Effect.gen(function* () {
                const { other, socket } = yield* meet(mark)
                yield* peer.turns(20)
                // The bytes and the reset have both arrived when the fiber wakes.
                setImmediate(() => {
                  other.write(new Uint8Array(1000))
                  other.resetAndDestroy()
                })
                assert.lengthOf(Option.getOrThrow(yield* socket.recv(4)), 4)
                yield* Effect.either(socket.shutdownSend)
                const rest = yield* receiveAll(socket)
                assert.deepStrictEqual([rest.bytes.length, rest.end], [996, "Reset"])
              })
            )
          ).pipe(Effect.asVoid, node)
      )
    }
  }

  it.scopedLive("and does not destroy bytes that arrived before it, even if the socket was paused for long", () =>
    Effect.forEach(rounds, () =>
      Effect.scoped(
        Effect.gen(function* () {
          const { other, socket } = yield* accepted(500)
          other.write(new Uint8Array(1000))
          while ((yield* socket.stats).bytesReceived < 1000) yield* peer.turns(1)
          yield* peer.turns(8)
          // These bytes have arrived, but Node has not read them when our half ends.
          other.write(new Uint8Array(3000))
          other.resetAndDestroy()
          yield* Effect.either(socket.shutdownSend)
          const all = yield* receiveAll(socket)
          assert.deepStrictEqual([all.bytes.length, all.end], [4000, "Reset"])
        })
      )
    ).pipe(Effect.asVoid, node)
  )
})

/** A socket of Node, and a function that makes its transport later. */
const raw = (onConnection: (socket: net.Socket) => void) =>
  Effect.gen(function* () {
    const { host, port } = yield* peer.server(onConnection)
    const inlet = new Inlet()
    const socket = net.connect({ host, port, allowHalfOpen: true, autoSelectFamily: false, onread: inlet.onread })
    socket.on("error", () => {})
    yield* Effect.addFinalizer(() => Effect.sync(() => socket.destroy()))
    const transport = () => {
      const remote = SocketAddress.unsafeInet(host, port)
      return new WireTransport(feed => new NodeWire(socket, free, remote, feed, inlet), {
        highWaterMark: 1024,
        closeTimeout: 60_000
      })
    }
    return { socket, transport }
  })

describe("a socket whose transport is made late", () => {
  it.scopedLive("after a reset and a close: its receives fail, and it closes at once", () =>
    Effect.gen(function* () {
      const { socket, transport } = yield* raw(other => {
        other.once("data", () => other.resetAndDestroy())
      })
      socket.write("x")
      yield* peer.event(socket, "close")
      const late = transport()
      assert.deepInclude(yield* Effect.flip(late.recv(1)), { _tag: "RecvError", reason: "Reset" })
      yield* late.close
      yield* late.abort
    })
  )

  it.scopedLive("after the end of the peer: its receives see the end", () =>
    Effect.gen(function* () {
      const { socket, transport } = yield* raw(other => void other.end())
      socket.resume()
      yield* peer.event(socket, "end")
      const late = transport()
      assert.isTrue(Option.isNone(yield* late.recv(1)))
      yield* late.awaitEnd
      yield* late.close
    })
  )
})
