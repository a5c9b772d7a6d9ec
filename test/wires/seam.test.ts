/** The contract between a socket and its wire: who owns a chunk, when a write is taken, what a failure does. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Socket from "../../src/Socket.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"

const address = SocketAddress.unixUnnamed
const bytes = (text: string) => new TextEncoder().encode(text)

/** Opens a socket on a wire that only records the calls of the socket. Returns the socket, the feed and the calls. */
const open = (own: Partial<Socket.Wire> = {}, options?: Socket.FromWireOptions) =>
  Effect.gen(function* () {
    const calls: Array<string> = []
    let feed: Socket.Feed | undefined
    const socket = yield* Socket.fromWire(given => {
      feed = given
      return {
        localAddress: address,
        remoteAddress: address,
        resume: () => void calls.push("resume"),
        pause: () => void calls.push("pause"),
        write: () => {
          calls.push("write")
          return true
        },
        end: () => {
          calls.push("end")
          given.finished()
        },
        close: () => {
          calls.push("close")
          given.closed()
        },
        destroy: reset => void calls.push(reset ? "reset" : "destroy"),
        ...own
      }
    }, options)
    return { socket, feed: feed!, calls }
  })

const reasonOf = <A, E extends { readonly reason: string }>(effect: Effect.Effect<A, E>) =>
  Effect.map(Effect.flip(effect), error => error.reason)

describe("a wire", () => {
  it.scoped("that pushes after the end or after a failure does not bring the stream back", () =>
    Effect.gen(function* () {
      const ended = yield* open()
      ended.feed.end()
      ended.feed.push(bytes("late"))
      assert.isTrue(Option.isNone(yield* ended.socket.recv(9)))
      assert.isTrue(Option.isNone(yield* ended.socket.recv(9)))
      const failed = yield* open()
      failed.feed.fail({ code: "ECONNRESET" })
      failed.feed.push(bytes("late"))
      assert.strictEqual(yield* reasonOf(failed.socket.recv(9)), "Reset")
      assert.strictEqual((yield* failed.socket.stats).bytesBuffered, 0)
    })
  )

  it.scoped("that pushes a value other than bytes fails the connection, and the bytes before it are received", () =>
    Effect.gen(function* () {
      for (const wrong of ["text", 5, undefined, null, [1], new ArrayBuffer(2), new Uint16Array(2)]) {
        const { feed, socket } = yield* open()
        feed.push(Uint8Array.of(1))
        feed.push(wrong as never)
        assert.deepStrictEqual(yield* socket.recv(10), Option.some(Uint8Array.of(1)))
        const error = yield* Effect.flip(socket.recv(10))
        assert.strictEqual(error.reason, "Unknown")
        assert.include(String(error.cause), "feed.push needs a Uint8Array")
      }
    })
  )

  it.scoped("that fails without saying why fails the connection", () =>
    Effect.gen(function* () {
      const { feed, socket } = yield* open()
      feed.fail(undefined as never)
      assert.strictEqual((yield* Effect.flip(socket.recv(10))).reason, "Unknown")
    })
  )

  it.scoped("that reports drained without owing it completes no later send", () =>
    Effect.gen(function* () {
      let isTaken = true
      const { feed, socket } = yield* open({ write: () => isTaken })
      yield* socket.sendAll(bytes("first"))
      feed.drained()
      isTaken = false
      const second = yield* Effect.fork(socket.sendAll(bytes("second")))
      yield* Effect.yieldNow()
      assert.isTrue(Option.isNone(yield* Fiber.poll(second)))
      feed.drained()
      feed.drained()
      yield* Fiber.join(second)
      const third = yield* Effect.fork(socket.sendAll(bytes("third")))
      yield* Effect.yieldNow()
      assert.isTrue(Option.isNone(yield* Fiber.poll(third)))
      feed.drained()
      yield* Fiber.join(third)
    })
  )

  it.scoped("that reports finished before the socket calls end has not ended the sending half", () =>
    Effect.gen(function* () {
      const { calls, feed, socket } = yield* open()
      feed.finished()
      yield* socket.sendAll(bytes("still open"))
      yield* socket.shutdownSend
      assert.deepStrictEqual(calls, ["resume", "write", "end"])
    })
  )

  it.scopedLive("that throws in recycle, bytesUnsent, later or after fails the connection, and nothing hangs", () =>
    Effect.gen(function* () {
      const boom = (): never => {
        throw new Error("boom")
      }
      const { feed, socket } = yield* open({ recycle: boom, later: boom, after: boom })
      feed.push(new Uint8Array(100))
      assert.strictEqual((yield* socket.recvExactly(50)).length, 50)
      assert.strictEqual((yield* socket.recvExactly(50)).length, 50)
      const timed = yield* open({ later: boom, after: boom, write: () => false })
      const waiting = Socket.withTimeouts(timed.socket, { recvTimeout: "10 millis" })
      assert.include(["TimedOut", "Unknown"], yield* reasonOf(waiting.recv(1)))
      yield* timed.socket.close
      const unsent = yield* Effect.map(
        Socket.fromWire(() => ({
          localAddress: address,
          remoteAddress: address,
          resume: () => {},
          pause: () => {},
          write: () => false,
          end: () => {},
          close: () => {},
          destroy: () => {},
          get bytesUnsent(): number {
            return boom()
          }
        })),
        socket => ({ socket })
      )
      yield* Effect.fork(unsent.socket.sendAll(bytes("half")))
      yield* Effect.yieldNow()
      assert.strictEqual((yield* unsent.socket.stats).bytesUnsent, 4)
      assert.strictEqual(yield* reasonOf(unsent.socket.recv(1)), "Unknown")
    })
  )

  it.scoped("that reports while it is being opened gets an error that says so", () =>
    Effect.gen(function* () {
      const early = Socket.fromWire(feed => {
        feed.push(bytes("early"))
        throw new Error("not reached")
      })
      const exit = yield* Effect.exit(early)
      assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", "before the socket called resume")
    })
  )

  it.scoped("that does not close within closeTimeout is destroyed, and reset only if bytes are unsent", () =>
    Effect.gen(function* () {
      for (const [taken, last] of [
        [true, "destroy"],
        [false, "reset"]
      ] as const) {
        let timeIsUp = () => {}
        const after = (_: number, callback: () => void) => {
          timeIsUp = callback
          return () => {}
        }
        const later = (callback: () => void) => callback()
        const { calls, feed, socket } = yield* open({ write: () => taken, close: () => {}, after, later })
        yield* Effect.fork(socket.sendText("x"))
        yield* Effect.yieldNow()
        const closing = yield* Effect.fork(socket.close)
        yield* Effect.yieldNow()
        timeIsUp()
        assert.strictEqual(calls.at(-1), last)
        feed.closed()
        yield* Fiber.join(closing)
      }
    })
  )

  it.scoped("that is gone has no unsent bytes, also of a send that went out in pieces", () =>
    Effect.gen(function* () {
      const { feed, socket } = yield* open(
        { write: () => false, bytesUnsent: 65_536 },
        { timeouts: { sendTimeout: "1 hour" } }
      )
      const sending = yield* Effect.fork(socket.sendAll(new Uint8Array(300_000)))
      yield* Effect.yieldNow()
      assert.isAbove((yield* socket.stats).bytesUnsent, 200_000)
      const closing = yield* Effect.fork(socket.abort)
      yield* Effect.yieldNow()
      feed.closed()
      yield* Fiber.join(closing)
      assert.strictEqual((yield* Effect.flip(Fiber.join(sending))).reason, "Closed")
      assert.strictEqual((yield* socket.stats).bytesUnsent, 0)
    })
  )

  it.scoped("that fails while it closes is destroyed at once, without waiting for closeTimeout", () =>
    Effect.gen(function* () {
      const { calls, feed, socket } = yield* open({ close: () => {} }, { closeTimeout: Infinity })
      const closing = yield* Effect.fork(socket.close)
      yield* Effect.yieldNow()
      feed.fail({ code: "ECONNRESET" })
      assert.deepStrictEqual(calls, ["resume", "destroy"])
      feed.closed()
      yield* Fiber.join(closing)
    })
  )

  it.scoped(
    "is resumed when the socket exists, paused at the high-water mark, and resumed when the buffer is empty",
    () =>
      Effect.gen(function* () {
        const { calls, feed, socket } = yield* open({}, { highWaterMark: 4 })
        assert.deepStrictEqual(calls, ["resume"])
        feed.push(bytes("abc"))
        assert.deepStrictEqual(calls, ["resume"])
        feed.push(bytes("d"))
        assert.deepStrictEqual(calls, ["resume", "pause"])
        yield* socket.recv(3)
        assert.deepStrictEqual(calls, ["resume", "pause"])
        yield* socket.recv(3)
        assert.deepStrictEqual(calls, ["resume", "pause", "resume"])
      })
  )

  it.scoped("may push a part of a pool or a Node Buffer: received bytes are plain arrays with their own memory", () =>
    Effect.gen(function* () {
      const { feed, socket } = yield* open()
      for (const length of [10, 2000, 60_000]) {
        const pool = Buffer.alloc(200_000, 1)
        feed.push(pool.subarray(100, 100 + length))
        pool.fill(2)
        const received = Option.getOrThrow(yield* socket.recv(length))
        assert.strictEqual(received.constructor, Uint8Array)
        assert.isAtMost(received.buffer.byteLength, length * 2)
        assert.isTrue(
          received.every(byte => byte === 1),
          `${length} bytes`
        )
      }
    })
  )

  it.scoped("that returns false from write gets no other write until it calls drained", () =>
    Effect.gen(function* () {
      const { calls, feed, socket } = yield* open({
        write: () => {
          calls.push("write")
          return false
        }
      })
      const first = yield* Effect.fork(socket.sendAll(bytes("a")))
      const second = yield* Effect.fork(socket.sendAll(bytes("b")))
      yield* Effect.yieldNow()
      assert.deepStrictEqual([calls, first.unsafePoll()], [["resume", "write"], null])
      feed.drained()
      yield* Fiber.join(first)
      assert.deepStrictEqual([calls, second.unsafePoll()], [["resume", "write", "write"], null])
      feed.drained()
      yield* Fiber.join(second)
    })
  )

  it.scoped("that calls drained during a write has finished the write", () =>
    Effect.gen(function* () {
      const made = yield* open({
        write: () => {
          made.feed.drained()
          return false
        }
      })
      yield* made.socket.sendAll(bytes("a"))
      yield* made.socket.sendAll(bytes("b"))
    })
  )

  it.scoped("that throws fails the connection, and the exception is the cause of the errors", () =>
    Effect.gen(function* () {
      const cause = new Error("no wire")
      const { socket } = yield* open({
        write: () => {
          throw cause
        }
      })
      const error = yield* Effect.flip(socket.sendAll(bytes("a")))
      assert.deepStrictEqual([error.reason, error.cause], ["Unknown", cause])
      assert.strictEqual(yield* reasonOf(socket.recv(1)), "Unknown")
    })
  )

  it.scoped("that fails: bytes before the failure are received, then every operation fails, and no write follows", () =>
    Effect.gen(function* () {
      const { calls, feed, socket } = yield* open()
      feed.push(bytes("ab"))
      feed.fail({ code: "ECONNRESET" })
      assert.deepStrictEqual(yield* socket.recv(10), Option.some(bytes("ab")))
      assert.deepStrictEqual(
        [yield* reasonOf(socket.recv(1)), yield* reasonOf(socket.sendAll(bytes("a")))],
        ["Reset", "Reset"]
      )
      yield* socket.close
      assert.deepStrictEqual(calls, ["resume", "destroy"])
      assert.strictEqual(yield* reasonOf(socket.recv(1)), "Closed")
    })
  )

  it.scoped("that calls closed without end or fail has reset the connection; after end, it has ended it", () =>
    Effect.gen(function* () {
      const silent = yield* open()
      silent.feed.closed()
      assert.strictEqual(yield* reasonOf(silent.socket.recv(1)), "Reset")
      const ended = yield* open()
      ended.feed.end()
      ended.feed.closed()
      assert.deepStrictEqual(yield* ended.socket.recv(1), Option.none())
    })
  )

  it.scoped("is closed when all written bytes have been taken, and may discard bytes that arrive until then", () =>
    Effect.gen(function* () {
      const { calls, feed, socket } = yield* open({ write: () => false, discard: () => void calls.push("discard") })
      const sending = yield* Effect.fork(socket.sendAll(bytes("a")))
      yield* Effect.yieldNow()
      const closing = yield* Effect.fork(socket.close)
      yield* Effect.yieldNow()
      assert.strictEqual(yield* reasonOf(Fiber.join(sending)), "Closed")
      assert.deepStrictEqual([calls, closing.unsafePoll()], [["resume", "discard"], null])
      feed.push(bytes("dropped"))
      feed.drained()
      yield* Fiber.join(closing)
      assert.deepStrictEqual(calls, ["resume", "discard", "close"])
    })
  )

  it.scoped("that does not finish its close in closeTimeout is destroyed, with a reset if bytes are unsent", () =>
    Effect.gen(function* () {
      const never = () => {}
      const fired: Array<() => void> = []
      const after = (millis: number, callback: () => void) => {
        assert.strictEqual(millis, 250)
        fired.push(callback)
        return never
      }
      const clean = yield* open({ close: never, after }, { closeTimeout: "250 millis" })
      const closing = yield* Effect.fork(clean.socket.close)
      yield* Effect.yieldNow()
      fired.shift()!()
      yield* Fiber.join(closing)
      assert.deepStrictEqual(clean.calls, ["resume", "destroy"])
      const cut = yield* open({ write: () => false, after }, { closeTimeout: "250 millis" })
      yield* Effect.fork(cut.socket.sendAll(bytes("a")))
      yield* Effect.yieldNow()
      const cutting = yield* Effect.fork(cut.socket.close)
      yield* Effect.yieldNow()
      fired.shift()!()
      yield* Fiber.join(cutting)
      assert.deepStrictEqual(cut.calls, ["resume", "resume", "reset"])
    })
  )

  it.live("without after and later: the live Clock bounds a close and lets a busy sender rest", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { calls, socket } = yield* Scope.extend(open({ close: () => {} }, { closeTimeout: "10 millis" }), scope)
      yield* Effect.forEach(Array.from({ length: 600 }), () => socket.sendAll(bytes("a")), { discard: true })
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(calls.at(-1), "destroy")
    })
  )

  for (const [how, exit, last] of [
    ["is closed if its Scope succeeds", Exit.void, "close"],
    ["is closed if its Scope fails, so that a reply arrives", Exit.fail("no"), "close"],
    ["is reset if its Scope dies", Exit.die("no"), "reset"]
  ] as const) {
    it.effect(how, () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const { calls } = yield* Scope.extend(open(), scope)
        yield* Scope.close(scope, exit)
        assert.strictEqual(calls.at(-1), last)
      })
    )
  }

  it.effect("is closed at once if its Scope is already closed", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      yield* Scope.close(scope, Exit.void)
      const { calls } = yield* Scope.extend(open(), scope)
      assert.strictEqual(calls.at(-1), "close")
    })
  )
})

describe("a wrapped socket", () => {
  it.scoped("onEnd is called when a receive has found the end, whenever the end arrives, and not before", () =>
    Effect.gen(function* () {
      for (const isLate of [false, true]) {
        const ends: Array<string> = []
        const { feed, socket } = yield* open()
        const wrapped = Socket.wrap(socket, { onEnd: () => ends.push("end") })
        feed.push(bytes("abcde"))
        if (!isLate) feed.end()
        yield* wrapped.recvExactly(5)
        assert.deepStrictEqual(ends, [], "the receive did not need the end")
        if (isLate) feed.end()
        yield* wrapped.recv(1)
        assert.deepStrictEqual(ends, ["end"])
        yield* Effect.exit(wrapped.recvExactly(1))
        yield* Effect.exit(wrapped.recvLine())
        assert.strictEqual(ends.length, 3)
      }
      const { feed, socket } = yield* open()
      const ends: Array<string> = []
      const wrapped = Socket.wrap(socket, { onEnd: () => ends.push("end") })
      feed.push(bytes("abc"))
      feed.end()
      assert.isTrue(Exit.isFailure(yield* Effect.exit(wrapped.recvExactly(4))))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(wrapped.recvLine())))
      assert.strictEqual((yield* wrapped.recvAll()).length, 3)
      assert.strictEqual(ends.length, 3)
    })
  )

  it.scoped("a function of the wrapper that throws in a receive leaves the turn to the next fiber", () =>
    Effect.gen(function* () {
      const boom = (): never => {
        throw new Error("boom")
      }
      const one = yield* open()
      const received = Socket.wrap(one.socket, { onRecv: boom })
      one.feed.push(bytes("abcdef"))
      const receives: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
        received.recv(1),
        received.recvExactly(1),
        received.recvUntil("c")
      ]
      for (const receive of receives) {
        const exit = yield* Effect.fork(receive).pipe(Effect.flatMap(Fiber.await))
        assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
      }
      assert.strictEqual(Option.getOrThrow(yield* one.socket.recv(9)).length, 3)
      const other = yield* open()
      const ended = Socket.wrap(other.socket, { onEnd: boom })
      other.feed.end()
      const ends: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
        ended.recv(1),
        ended.recvExactly(1),
        ended.recvLine()
      ]
      for (const receive of ends) {
        const exit = yield* Effect.fork(receive).pipe(Effect.flatMap(Fiber.await))
        assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
      }
      assert.isTrue(Option.isNone(yield* other.socket.recv(9)))
    })
  )

  it.scoped("a function of the wrapper that throws makes its operation die, and nothing else", () =>
    Effect.gen(function* () {
      const { feed, socket } = yield* open()
      const bug = new Error("a bug in a hook")
      const throwing = () => {
        throw bug
      }
      const wrapped = Socket.wrap(socket, { onRecv: throwing, onSend: throwing })
      feed.push(bytes("ab"))
      const started = yield* Deferred.make<void>()
      const exits = yield* Effect.all([
        Effect.exit(wrapped.recv(1)),
        Effect.exit(wrapped.recvExactly(1)),
        Effect.exit(wrapped.sendAll(bytes("a"))),
        Deferred.succeed(started, undefined)
      ])
      for (const exit of exits.slice(0, 3) as ReadonlyArray<Exit.Exit<unknown, unknown>>) {
        assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
      }
      feed.push(bytes("c"))
      assert.deepStrictEqual(yield* socket.recv(1), Option.some(bytes("c")))
      yield* socket.sendAll(bytes("b"))
    })
  )
})
