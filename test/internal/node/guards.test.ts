/** Guards against slow regressions, by counts and not by times: fibers, timers, copies, memory and buffered bytes. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Supervisor from "effect/Supervisor"
import { ByteQueue } from "../../../src/internal/receive/byteQueue.ts"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"
import * as Socket from "../../../src/Socket.ts"
import * as peer from "./peer.ts"

const KiB = 1024
const MiB = 1024 * KiB

const node = Effect.provide(NodeNetwork.layer)

/** Counts the fibers that start. */
class Count extends Supervisor.AbstractSupervisor<number> {
  started = 0
  readonly value = Effect.sync(() => this.started)
  override onStart() {
    this.started += 1
  }
}

const minute = Duration.minutes(1)

/** All timeouts, so long that none of them passes. */
const limits: Socket.Timeouts = {
  recvTimeout: minute,
  messageTimeout: minute,
  minThroughput: { bytes: 1, per: minute },
  sendTimeout: minute
}

/** The live Clock, which also counts how often it was asked for the time and how many fibers sleep. */
class CountingClock {
  asked = 0
  sleeping = 0
  private readonly live = Clock.make()
  private readonly nanos = () => {
    this.asked += 1
    return this.live.unsafeCurrentTimeNanos()
  }
  readonly clock: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => Number(this.nanos() / 1_000_000n),
    unsafeCurrentTimeNanos: this.nanos,
    currentTimeMillis: Effect.sync(() => this.clock.unsafeCurrentTimeMillis()),
    currentTimeNanos: Effect.sync(this.nanos),
    sleep: duration =>
      Effect.acquireUseRelease(
        Effect.sync(() => this.sleeping++),
        () => this.live.sleep(duration),
        () => Effect.sync(() => this.sleeping--)
      )
  }
}

describe("a receive and a send with timeouts", () => {
  it.scopedLive("start no fiber, keep no timer and do not read the time if they need not wait", () =>
    Effect.gen(function* () {
      const [one, other] = (yield* Network.pair).map(Socket.withTimeouts(limits)) as [Socket.Socket, Socket.Socket]
      const count = new Count()
      const counting = new CountingClock()
      for (let i = 0; i < 200; i++) {
        yield* Effect.supervised(Effect.withClock(one.sendText("ping"), counting.clock), count)
        while ((yield* other.stats).bytesBuffered < 4) yield* peer.turns(1)
        yield* Effect.all([other.recv(2), other.peekFull(1), other.recvExactly(1), other.recvText(1)]).pipe(
          Effect.withClock(counting.clock),
          Effect.supervised(count)
        )
      }
      assert.deepStrictEqual([count.started, counting.asked, counting.sleeping], [0, 0, 0])
    }).pipe(node)
  )

  it.scopedLive("need one fiber and one timer in 1,000 round trips, and read the time once for each wait", () =>
    Effect.gen(function* () {
      const [one, other] = yield* Network.pair
      const held = Socket.withTimeouts(one, { recvTimeout: minute, messageTimeout: minute, sendTimeout: minute })
      const count = new Count()
      const counting = new CountingClock()
      const answering = yield* Effect.fork(Effect.forever(Effect.zipRight(other.recv(1), other.sendText("y"))))
      yield* Effect.repeatN(Effect.zipRight(held.sendText("x"), held.recv(1)), 999).pipe(
        Effect.withClock(counting.clock),
        Effect.supervised(count)
      )
      yield* Fiber.interrupt(answering)
      assert.deepStrictEqual([count.started, counting.sleeping], [1, 1])
      assert.isAtMost(counting.asked, 1010)
    }).pipe(node)
  )

  it.scopedLive("leave no timer after their timeout has passed or the socket has closed", () => {
    const counting = new CountingClock()
    return Effect.gen(function* () {
      const [one, other] = yield* Network.pair
      const held = Socket.withTimeouts(one, { recvTimeout: 500, sendTimeout: 500 })
      yield* Effect.fork(Effect.zipRight(peer.turns(5), other.sendText("x")))
      yield* held.recv(1)
      assert.strictEqual(counting.sleeping, 1)
      for (let turns = 0; turns < 1_000_000 && counting.sleeping > 0; turns++) yield* peer.turns(1)
      assert.strictEqual(counting.sleeping, 0)
      yield* Effect.fork(Socket.withTimeouts(one, limits).recv(1))
      yield* Effect.fork(Socket.withTimeouts(one, limits).sendAll(new Uint8Array(24 * MiB)))
      yield* peer.turns(3)
      assert.strictEqual(counting.sleeping, 2)
      yield* one.abort
      yield* peer.turns(3)
      assert.strictEqual(counting.sleeping, 0)
    }).pipe(node, Effect.withClock(counting.clock))
  })
})

describe("a receive and a send", () => {
  it.scopedLive("start no fiber, also if they wait", () =>
    Effect.gen(function* () {
      const [one, other] = yield* Network.pair
      const count = new Count()
      yield* Effect.gen(function* () {
        for (let i = 0; i < 200; i++) {
          yield* one.sendText("ping")
          yield* other.recv(2)
          yield* other.recvExactly(2)
          yield* other.sendText("pong")
          yield* one.peekFull(4)
          yield* one.recvText(4)
        }
      }).pipe(Effect.supervised(count))
      assert.strictEqual(count.started, 0)
    }).pipe(node)
  )

  it("return a whole chunk without a copy, and copy parts of a chunk once", () => {
    const queue = new ByteQueue()
    const chunk = new Uint8Array(64 * KiB)
    queue.push(chunk)
    assert.strictEqual(queue.take(64 * KiB), chunk)
    queue.push(chunk)
    const parts = Array.from({ length: 64 }, () => queue.take(KiB))
    assert.deepStrictEqual(new Set(parts.map(part => part.buffer.byteLength)), new Set([KiB]))
  })
})

/** A peer that sends `bytes` bytes as fast as it can. */
const flood = (bytes: number) =>
  peer.server(socket => {
    const piece = Buffer.alloc(64 * KiB)
    let left = bytes
    const more = (): void => {
      while (left > 0) {
        left -= piece.length
        if (!socket.write(piece)) return void socket.once("drain", more)
      }
      socket.end()
    }
    more()
  })

describe("a peer that floods", () => {
  it.scopedLive("is paused at the high-water mark while no fiber receives: at most 256 KiB are read ahead", () =>
    Effect.gen(function* () {
      const socket = yield* Network.connect(yield* flood(64 * MiB))
      yield* peer.turns(500)
      const { bytesReceived } = yield* socket.stats
      assert.isAtLeast(bytesReceived, 128 * KiB)
      assert.isAtMost(bytesReceived, 256 * KiB)
    }).pipe(node)
  )

  it.scopedLive("never fills the buffer of a slow reader beyond 256 KiB", () =>
    Effect.gen(function* () {
      const socket = yield* Network.connect(yield* flood(16 * MiB))
      let [most, received] = [0, 0]
      for (let next = yield* socket.recv(8 * KiB); Option.isSome(next); next = yield* socket.recv(8 * KiB)) {
        received += next.value.length
        most = Math.max(most, (yield* socket.stats).bytesBuffered)
        if (received % (64 * KiB) === 0) yield* peer.turns(1)
      }
      assert.strictEqual(received, 16 * MiB)
      assert.isAtMost(most, 256 * KiB)
    }).pipe(node)
  )

  it.scopedLive("is read into at most three memories, for any number of bytes", () =>
    Effect.gen(function* () {
      const socket = yield* Network.connect(yield* flood(32 * MiB))
      const memories = new Set<ArrayBufferLike>()
      let received = 0
      const look: Socket.Step<number, never> = (view, ended) => {
        if (view.length === 0 && !ended) return Socket.more(1)
        // Small chunks are copied. Only views of a whole memory count.
        if (view.length === 64 * KiB && view.buffer.byteLength === 64 * KiB) memories.add(view.buffer)
        return Socket.take(view.length, view.length)
      }
      for (let bytes = yield* socket.recvWith(look); bytes > 0; bytes = yield* socket.recvWith(look)) received += bytes
      assert.strictEqual(received, 32 * MiB)
      assert.isAtLeast(memories.size, 1)
      assert.isAtMost(memories.size, 3)
    }).pipe(node)
  )
})

describe("a sender that never waits", () => {
  const cases: ReadonlyArray<readonly [size: number, fibers: number]> = [
    [1, 1],
    [KiB, 1],
    [KiB, 100],
    [64 * KiB, 1],
    [MiB, 4]
  ]
  it.scopedLive("of 16 MiB in one send with a timeout yields after each MiB", () =>
    Effect.gen(function* () {
      const address = yield* peer.server(socket => void socket.resume())
      const socket = yield* Network.connect(address, { timeouts: limits })
      let turns = 0
      const turn = Effect.zipRight(
        peer.turns(1),
        Effect.sync(() => turns++)
      )
      const turning = yield* Effect.fork(Effect.forever(turn))
      yield* socket.sendAll(new Uint8Array(16 * MiB))
      yield* Fiber.interrupt(turning)
      assert.isAtLeast(turns, 12)
    }).pipe(node)
  )

  it.scopedLive.each(cases)(
    "of %d bytes at a time, in %d fibers, yields after each MiB or 256 sends",
    ([size, fibers]) =>
      Effect.gen(function* () {
        const address = yield* peer.server(socket => void socket.resume())
        const socket = yield* Network.connect(address)
        let turns = 0
        const turning = yield* Effect.fork(
          Effect.forever(
            Effect.zipRight(
              peer.turns(1),
              Effect.sync(() => turns++)
            )
          )
        )
        const sends = Math.min(4096, (16 * MiB) / size)
        const bytes = new Uint8Array(size)
        const sender = Effect.repeatN(socket.sendAll(bytes), sends / fibers - 1)
        yield* Effect.replicateEffect(sender, fibers, { concurrency: fibers, discard: true })
        yield* Fiber.interrupt(turning)
        assert.isAtLeast(turns, Math.floor(Math.max(sends / 256, (sends * size) / MiB)) - 1)
      }).pipe(node)
  )
})
