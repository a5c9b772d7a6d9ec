/**
 * What ours does with a hostile peer, and what must come of it: the same whether ours connected or accepted, whichever
 * program the peer is, in a test or in a soak. It succeeds if all came as it must, and fails or dies if not.
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

/** Ours, connected to a peer. */
export interface Met {
  readonly on: Row
  readonly socket: Socket.Socket
  /** Waits until the peer has said so. */
  readonly told: (what: RegExp) => Effect.Effect<void>
  /** How many bytes the peer floods. */
  readonly flood: number
}

export interface Conversation {
  readonly peer: PeerName
  /** What must come of it. */
  readonly title: string
  /** Of our connection. Without it `closeTimeout` is far longer than any limit, so that whoever needs it is seen. */
  readonly options?: Network.ConnectionOptions
  /** It may reset before Node has seen the connection: then connecting fails with `Reset`. */
  readonly mayFailToConnect?: boolean
  readonly run: (met: Met) => Effect.Effect<void, unknown, Scope.Scope>
}

export const canReset = ({ on }: Met): boolean => on.cannot.reset === undefined

/** A reset, or what a transport without resets shows instead. */
export const resetOrEnd = (met: Met): "Reset" | "the end" => (canReset(met) ? "Reset" : "the end")

export const gone = ["Reset", "BrokenPipe"]

const mostTries = 100

/** Sends fail, if not at once: that the peer has gone is not known before it has answered. */
export const sendsFail = ({ on, socket }: Met) =>
  Effect.gen(function* () {
    for (let tries = 0; tries < mostTries; tries++) {
      if ((yield* Effect.either(socket.sendAll(utf8("x"))))._tag === "Left") break
      yield* turns(on, 5)
    }
    yield* fails(socket.sendAll(utf8("x")), "SendError", gone, "a send to a peer that has gone")
  })

/** It has been reset, and that is what everything says from now on; or it has ended, where nothing can reset. */
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

/** Everything fails with `Closed`. */
export const isClosed = ({ socket }: Met) =>
  Effect.gen(function* () {
    yield* fails(socket.recv(1), "RecvError", "Closed", "recv after our close")
    yield* fails(socket.sendAll(utf8("x")), "SendError", "Closed", "sendAll after our close")
  })

const bufsize = 60_000

/** Receives the long stream from byte `from` on, to its end or to `limit` bytes, and checks each of its bytes. */
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

/** Looks, every now and then, until it is true: the peer may be another process, which needs the time. */
const eventually = (what: string, condition: Effect.Effect<boolean>) =>
  Effect.gen(function* () {
    for (let looks = 0; looks < 20_000; looks++) {
      if (yield* condition) return
      yield* Effect.sleep(1)
    }
    return yield* Effect.dieMessage(`waited in vain: ${what}`)
  })

/** Waits until so many bytes wait to be received. */
export const buffered = ({ socket }: Met, bytes: number) =>
  eventually(
    `${bytes} bytes should be buffered`,
    Effect.map(socket.stats, stats => stats.bytesBuffered >= bytes)
  )

/** Waits until a send of ours waits for the peer to read. */
export const sendWaits = ({ socket }: Pick<Met, "socket">) =>
  eventually(
    "a send should wait",
    Effect.map(socket.stats, stats => stats.bytesUnsent > 0)
  )

/** Waits until the mark is reached and nothing more comes. */
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
