/**
 * Helpers that connect two sockets, fill the buffers of a connection, or wait for a condition. A wait ends as soon as
 * its condition is true. No wait has a fixed time.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberStatus from "effect/FiberStatus"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type * as Listener from "../../../Listener.ts"
import * as Network from "../../../Network.ts"
import type * as Socket from "../../../Socket.ts"
import type * as SocketError from "../../../SocketError.ts"
import { concat, pattern, utf8 } from "./bytes.ts"
import { PropertyTimeout, sameBytes, soon } from "./expect.ts"
import type { TransportUnderTest } from "./statement.ts"

/** The two ends of a connection. */
export interface Pair {
  readonly a: Socket.Socket
  readonly b: Socket.Socket
}

/**
 * Like `Effect.scoped`, but the close of the scope has a timeout. If `use` fails, and then the close fails or hangs
 * too, the result is the failure of `use`.
 */
export const scoped = <A, E, R>(use: Effect.Effect<A, E, R>): Effect.Effect<A, E, Exclude<R, Scope.Scope>> =>
  Effect.uninterruptibleMask(restore =>
    Effect.flatMap(Scope.make(), scope =>
      Effect.flatMap(Effect.exit(restore(Scope.extend(use, scope))), exit => {
        const close = Effect.uninterruptible(Scope.close(scope, exit))
        const closed = soon(Effect.interruptible(close), "the close of a scope")
        return Effect.zipRight(Exit.isSuccess(exit) ? closed : Effect.exit(closed), exit)
      })
    )
  )

/**
 * Default options of every pair. `closeTimeout` is longer than a property may run. So a property that waits for
 * `closeTimeout` fails, and a timer of `closeTimeout` that is left running is found.
 */
const defaults: Network.ConnectionOptions = { closeTimeout: "10 minutes" }

/**
 * Connects two sockets, and closes both when the scope closes. `a` is the end that connected, `b` is the end that was
 * accepted.
 */
export const pair = (on: TransportUnderTest, options?: Network.ConnectionOptions) =>
  Effect.gen(function* () {
    const given = { ...defaults, ...options }
    const listener = yield* Network.listen(yield* on.free, given)
    const [a, b] = yield* Effect.all([Network.connect(listener.address, given), listener.accept], { concurrency: 2 })
    yield* listener.close
    return { a, b } satisfies Pair
  })

/**
 * Runs `use` twice, each time with a new connection. In the first run, `a` is the end that connected. In the second
 * run, `a` is the end that was accepted.
 */
export const eitherWay = <E>(
  on: TransportUnderTest,
  use: (a: Socket.Socket, b: Socket.Socket) => Effect.Effect<void, E, Network.Network | Scope.Scope>,
  options?: Network.ConnectionOptions
) =>
  Effect.gen(function* () {
    yield* scoped(Effect.flatMap(pair(on, options), ({ a, b }) => use(a, b)))
    yield* scoped(Effect.flatMap(pair(on, options), ({ a, b }) => use(b, a)))
  })

type Around = (scoped: Effect.Effect<unknown, unknown>) => Effect.Effect<unknown, unknown>

/**
 * Makes a connection, and runs `use` in a scope that owns the socket `a`. `which` selects the end of the connection
 * that `a` is. Returns the exit of that scope, and the socket of the other end, which stays open.
 */
const inScope = (
  on: TransportUnderTest,
  which: "connected" | "accepted",
  { around, ...options }: Network.ConnectionOptions & { readonly around?: Around },
  use: (a: Socket.Socket) => Effect.Effect<unknown, unknown, Scope.Scope>
) =>
  Effect.gen(function* () {
    const given = { ...defaults, ...options }
    const network = yield* Network.Network
    const listener = yield* network.listen(yield* on.free, given)
    const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
    const owned = <R>(effect: Effect.Effect<Socket.Socket, unknown, R>) =>
      Effect.provideService(effect, Scope.Scope, scope)
    const connect: Effect.Effect<Socket.Socket, unknown, Scope.Scope> = network.connect(listener.address, given)
    const [client, server] =
      which === "connected" ? [owned(connect), listener.accept] : [connect, owned(listener.accept)]
    // `use` starts after both ends are connected. A reset right after accept may fail the connect, and `around` may have
    // a timeout, which would otherwise include the connect.
    const [connected, accepted] = yield* Effect.all([client, server], { concurrency: 2 })
    const [a, b] = which === "connected" ? [connected, accepted] : [accepted, connected]
    yield* listener.close
    const scoped = Effect.acquireUseRelease(Effect.succeed(scope), () => Scope.extend(use(a), scope), Scope.close)
    return [yield* Effect.exit((around ?? identity)(scoped)), b] as const
  })

/**
 * Runs `use` in a scope that owns one end of a connection. Then runs `then` with the socket of the other end. Does this
 * twice: first the scope owns the end that connected, then the end that was accepted.
 */
export const eitherScope = <E>(
  on: TransportUnderTest,
  options: Network.ConnectionOptions & { readonly around?: Around },
  use: (a: Socket.Socket) => Effect.Effect<unknown, unknown, Scope.Scope>,
  then: (b: Socket.Socket, exit: Exit.Exit<unknown, unknown>) => Effect.Effect<unknown, E>
) =>
  Effect.forEach(
    ["connected", "accepted"] as const,
    which => scoped(Effect.flatMap(inScope(on, which, options, use), ([exit, b]) => then(b, exit))),
    { discard: true }
  )

/**
 * `until` gives up after `mostTurns` checks. It also gives up when `PropertyTimeout` has passed, but only after more
 * than `fewestTurns` checks.
 */
const [mostTurns, fewestTurns] = [200_000, 1000]

/**
 * Checks the condition repeatedly, until the condition is true. Between two checks, `on.turn` lets other fibers and
 * events run. Dies if the condition stays false.
 */
export const until = (on: Pick<TransportUnderTest, "turn">, what: string, condition: Effect.Effect<boolean>) =>
  Effect.gen(function* () {
    const start = yield* Clock.currentTimeMillis
    const end = start + Duration.toMillis(yield* PropertyTimeout)
    for (let turns = 0; turns < mostTurns; turns++) {
      if (yield* condition) return
      if (turns > fewestTurns && (yield* Clock.currentTimeMillis) > end) break
      yield* on.turn
    }
    return yield* Effect.dieMessage(`gave up waiting: ${what}`)
  })

/**
 * Lets other fibers and events run `count` times. Use this before a check that something has not happened, because no
 * event reports that.
 */
export const turns = (on: TransportUnderTest, count: number) => Effect.repeatN(on.turn, count - 1)

/** Returns as soon as the fiber is suspended or has ended. */
export const parked = (on: TransportUnderTest, fiber: Fiber.RuntimeFiber<unknown, unknown>) =>
  until(
    on,
    "the fiber should wait",
    Effect.map(Fiber.status(fiber), status => !FiberStatus.isRunning(status))
  )

/** Forks the effect. Returns the fiber as soon as it is suspended or has ended. */
export const forkParked = <A, E, R>(on: TransportUnderTest, effect: Effect.Effect<A, E, R>) =>
  Effect.tap(Effect.fork(effect), fiber => parked(on, fiber))

/** True if the fiber has ended. */
export const isDone = (fiber: Fiber.RuntimeFiber<unknown, unknown>) => Effect.map(Fiber.poll(fiber), Option.isSome)

/** Waits until the socket has at least this many bytes in its receive buffer. */
export const arrived = (on: TransportUnderTest, socket: Socket.Socket, bytes: number) =>
  until(
    on,
    `${bytes} bytes should arrive`,
    Effect.map(socket.stats, stats => stats.bytesBuffered >= bytes)
  )

/** Sends each piece after the previous piece has arrived, so that the receiver gets them separately. */
export const sendApart = (
  on: TransportUnderTest,
  from: Socket.Socket,
  to: Socket.Socket,
  pieces: ReadonlyArray<Uint8Array>
) =>
  Effect.gen(function* () {
    let { bytesReceived } = yield* to.stats
    for (const piece of pieces) {
      bytesReceived += piece.length
      yield* from.sendAll(piece)
      yield* until(
        on,
        `a piece of ${piece.length} bytes should arrive`,
        Effect.map(to.stats, stats => stats.bytesReceived >= bytesReceived)
      )
      yield* on.turn
    }
  })

/** Waits until no more bytes move from `from` to `to` for about 50 turns. */
export const still = (on: TransportUnderTest, from: Socket.Socket, to: Socket.Socket) =>
  Effect.gen(function* () {
    let last = ""
    let unchanged = 0
    yield* until(
      on,
      "no more bytes should move",
      Effect.gen(function* () {
        const [out, into] = yield* Effect.all([from.stats, to.stats])
        const now = `${out.bytesUnsent} ${out.bytesSent} ${into.bytesReceived}`
        unchanged = now === last ? unchanged + 1 : 0
        last = now
        return unchanged > 50
      })
    )
  })

/**
 * Starts a send that is too large for the buffers of the connection, so it waits until the peer receives. Returns the
 * fiber of the send and the bytes.
 */
export const clog = (on: TransportUnderTest, from: Socket.Socket, to: Socket.Socket) =>
  Effect.gen(function* () {
    const sent = pattern(on.clogBytes)
    const sender = yield* Effect.fork(from.sendAll(sent))
    yield* still(on, from, to)
    const { bytesUnsent } = yield* from.stats
    if ((yield* isDone(sender)) || bytesUnsent === 0) {
      return yield* Effect.dieMessage(
        `a send of ${sent.length} bytes (clogBytes) should wait while the peer does not receive; set a larger clogBytes`
      )
    }
    return { sender, sent }
  })

/** All bytes of a stream, and how it ended. */
export interface Received {
  readonly bytes: Uint8Array
  readonly end: "the end" | SocketError.RecvReason
}

/** Receives until the stream ends or fails. */
export const receiveAll = (socket: Socket.Socket, bufsize = 1024 * 1024): Effect.Effect<Received> =>
  Effect.gen(function* () {
    const pieces: Array<Uint8Array> = []
    while (true) {
      const result = yield* Effect.either(socket.recv(bufsize))
      if (result._tag === "Left") return { bytes: concat(pieces), end: result.left.reason }
      if (Option.isNone(result.right)) return { bytes: concat(pieces), end: "the end" as const }
      pieces.push(result.right.value)
    }
  })

/** Receives this many bytes with `recv`. Dies if the stream ends before. */
export const receive = (socket: Socket.Socket, bytes: number): Effect.Effect<Uint8Array, SocketError.RecvError> =>
  Effect.gen(function* () {
    const pieces: Array<Uint8Array> = []
    let left = bytes
    while (left > 0) {
      const piece = yield* socket.recv(left)
      if (Option.isNone(piece))
        return yield* Effect.dieMessage(`the stream ended ${left} bytes before the ${bytes} bytes expected`)
      left -= piece.value.length
      pieces.push(piece.value)
    }
    return concat(pieces)
  })

/** Waits until exactly this many connections wait to be accepted. */
export const queued = (on: TransportUnderTest, listener: Listener.Listener, count: number) =>
  until(
    on,
    `${count} connections should wait to be accepted`,
    Effect.map(listener.stats, stats => stats.queued === count)
  )

/** Sends some bytes from `a` to `b` and some bytes back, and checks that they arrive. */
export const roundTrip = (a: Socket.Socket, b: Socket.Socket) =>
  Effect.gen(function* () {
    yield* a.sendAll(utf8("there"))
    sameBytes(yield* b.recvExactly(5), utf8("there"), "the bytes from a to b")
    yield* b.sendAll(utf8("back"))
    sameBytes(yield* a.recvExactly(4), utf8("back"), "the bytes from b to a")
  })

/** True if the exit is an interruption, without any other failure. */
export const isInterrupted = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause)
