/**
 * Conversations with hostile peers, and what must happen in them. A conversation is the same if we have connected or
 * accepted, for every program that plays the peer, in tests and in the soak. It succeeds if everything happens as it must.
 * Otherwise it fails or dies. "We" is the library.
 */

import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { utf8 } from "../../src/internal/conformance/kit/bytes.ts"
import { check, equal, fails, sameBytes } from "../../src/internal/conformance/kit/expect.ts"
import { turns } from "../../src/internal/conformance/kit/pairs.ts"
import type * as Network from "../../src/Network.ts"
import type * as Socket from "../../src/Socket.ts"
import type { Row } from "../conformance/transports.ts"
import { type PeerName, streamed } from "./peers.ts"

/** A socket of the library, connected to a peer. */
export interface Met {
  readonly on: Row
  readonly socket: Socket.Socket
  /** Waits until the peer has reported `what`. */
  readonly told: (what: RegExp) => Effect.Effect<void>
  /** The number of bytes that the peer floods. */
  readonly flood: number
}

export interface Conversation {
  readonly peer: PeerName
  /** What the peer does, and what must happen. It continues "a peer that". */
  readonly title: string
  /** Options of our connection. Default: a `closeTimeout` so long that a close which needs it fails the test. */
  readonly options?: Network.ConnectionOptions
  /** True if the peer may reset before Node has seen the connection. Then `connect` fails with `Reset`. */
  readonly mayFailToConnect?: boolean
  readonly run: (met: Met) => Effect.Effect<void, unknown, Scope.Scope>
}

export const canReset = ({ on }: Met): boolean => on.cannot.reset === undefined

/** `Reset`, or on a transport without resets, the end. */
export const resetOrEnd = (met: Met): "Reset" | "the end" => (canReset(met) ? "Reset" : "the end")

export const gone = ["Reset", "BrokenPipe"]

const mostTries = 100

/** Checks that sends fail. The first ones may succeed: the kernel of the peer must first answer that the peer has gone. */
export const sendsFail = ({ on, socket }: Met) =>
  Effect.gen(function* () {
    for (let tries = 0; tries < mostTries; tries++) {
      if ((yield* Effect.either(socket.sendAll(utf8("x"))))._tag === "Left") break
      yield* turns(on, 5)
    }
    yield* fails(socket.sendAll(utf8("x")), "SendError", gone, "a send to a peer that has gone")
  })

/** Checks that all receives and sends report the reset from now on. On a transport without resets, receives end. */
export const staysGone = (met: Met) =>
  Effect.gen(function* () {
    const { on, socket } = met
    for (const when of ["at once", "some turns later"]) {
      if (canReset(met)) {
        yield* fails(socket.recv(1), "RecvError", "Reset", `recv ${when}`)
        yield* fails(socket.recvExactly(1), "RecvError", "Reset", `recvExactly ${when}`)
      } else {
        equal(yield* socket.recv(1), Option.none(), `recv ${when}`)
      }
      yield* socket.awaitEnd
      yield* turns(on, 10)
    }
    yield* sendsFail(met)
  })

/** Checks that a receive and a send fail with `Closed`. */
export const isClosed = ({ socket }: Met) =>
  Effect.gen(function* () {
    yield* fails(socket.recv(1), "RecvError", "Closed", "recv after our close")
    yield* fails(socket.sendAll(utf8("x")), "SendError", "Closed", "sendAll after our close")
  })

const bufsize = 60_000

/** Receives the long stream from offset `from` to its end or to offset `limit`, and checks each byte. */
export const receiveStream = ({ socket }: Met, from = 0, limit = Number.POSITIVE_INFINITY) =>
  Effect.gen(function* () {
    let bytes = from
    while (bytes < limit) {
      const next = yield* Effect.either(socket.recv(bufsize))
      if (next._tag === "Left") return { bytes, end: next.left.reason }
      if (Option.isNone(next.right)) return { bytes, end: "the end" as const }
      const piece = next.right.value
      sameBytes(piece, streamed(bytes, piece.length), `the stream from byte ${bytes}`)
      bytes += piece.length
    }
    return { bytes, end: "the limit" as const }
  })

/** Checks a condition every millisecond until it is true. The peer may be another process, which needs time. */
const eventually = (what: string, condition: Effect.Effect<boolean>) =>
  Effect.gen(function* () {
    for (let looks = 0; looks < 20_000; looks++) {
      if (yield* condition) return
      yield* Effect.sleep(1)
    }
    return yield* Effect.dieMessage(`waited too long: ${what}`)
  })

/** Waits until `bytes` bytes are buffered. */
export const buffered = ({ socket }: Met, bytes: number) =>
  eventually(
    `${bytes} bytes should be buffered`,
    Effect.map(socket.stats, stats => stats.bytesBuffered >= bytes)
  )

/** Waits until a send of the library waits for the peer to read. */
export const sendWaits = ({ socket }: Pick<Met, "socket">) =>
  eventually(
    "a send should wait",
    Effect.map(socket.stats, stats => stats.bytesUnsent > 0)
  )

/** Waits until the high-water mark is reached and no more bytes arrive. */
export const heldBack = (met: Met, mark: number) =>
  Effect.gen(function* () {
    let last = -1
    let unchanged = 0
    yield* buffered(met, mark)
    yield* eventually(
      "the peer should be held back",
      Effect.map(met.socket.stats, ({ bytesReceived }) => {
        unchanged = bytesReceived === last ? unchanged + 1 : 0
        last = bytesReceived
        return unchanged > 20
      })
    )
    return yield* met.socket.stats
  })

export const memoryIsBounded = (met: Met, before: number, most: number, what: string) =>
  Effect.map(met.on.memory, now =>
    check(now - before < most, `${what}: expected at most ${most} bytes more in use, got ${now - before}`)
  )
