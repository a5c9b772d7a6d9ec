/** Peers that are slow or silent, that do not read, or that flood. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { textOf, utf8 } from "../../src/internal/conformance/kit/bytes.ts"
import { check, equal, failed, fails, within } from "../../src/internal/conformance/kit/expect.ts"
import { receiveAll } from "../../src/internal/conformance/kit/pairs.ts"
import type { Conversation, Met } from "./conversation.ts"
import { heldBack, isClosed, memoryIsBounded, receiveStream, sendWaits } from "./conversation.ts"
import { dribbled } from "./peers.ts"

const KiB = 1024
const MiB = 1024 * KiB

/** More bytes than the kernel buffers for a connection. All tests share this buffer. */
const clog = new Uint8Array(24 * MiB)

/** The most that memory may grow, in bytes. It includes the memory of a peer in this process. */
const most = 8 * MiB

const question = new Uint8Array(300_000)

/** The most bytes that one read of the system may add beyond the high-water mark. */
const oneRead = 64 * KiB

/** A timeout that expires while a peer is silent. */
const aMoment = "30 millis"

const all = (met: Met): Effect.Effect<string, unknown> =>
  Effect.gen(function* () {
    let text = ""
    while (true) {
      const piece = yield* met.socket.recvText(3)
      if (Option.isNone(piece)) return text
      text += piece.value
    }
  })

export const stalls: ReadonlyArray<Conversation> = [
  {
    peer: "dribbles",
    title: "sends a byte at a time: recvText returns whole characters only, and all of them, then the end",
    run: met => Effect.map(all(met), text => equal(text, dribbled, "the text"))
  },
  {
    peer: "isSilent",
    title: "never sends: a receive with a timeout consumes nothing, the socket stays usable, and close returns at once",
    run: met =>
      Effect.gen(function* () {
        const { socket } = met
        equal(yield* Effect.timeoutOption(socket.recv(1), aMoment), Option.none(), "a receive with a timeout")
        equal(yield* Effect.timeoutOption(socket.awaitEnd, aMoment), Option.none(), "its end")
        yield* socket.sendText("still there?")
        yield* socket.close
        yield* met.told(/^saw the end$/)
        yield* isClosed(met)
      })
  },
  {
    peer: "neverReads",
    title: "never reads: a send waits without extra memory, and a close ends it with Closed after closeTimeout",
    options: { closeTimeout: "100 millis" },
    run: met =>
      Effect.gen(function* () {
        const { socket } = met
        const before = yield* met.on.memory
        const sending = yield* Effect.fork(socket.sendAll(clog))
        yield* sendWaits(met)
        yield* memoryIsBounded(met, before, most, "a send that waits")
        yield* within(socket.close, "20 seconds", "a close with a closeTimeout of 100 ms")
        failed(yield* Fiber.await(sending), "SendError", "Closed", "the send that waited")
        yield* isClosed(met)
      })
  },
  {
    peer: "neverReads",
    title: "never reads, and the Scope closes during a send: it resets at once, without waiting for closeTimeout",
    run: met => Effect.zipRight(Effect.forkDaemon(Effect.ignore(met.socket.sendAll(clog))), sendWaits(met))
  },
  {
    peer: "halfClosesAndWaits",
    title: "ends its half and waits: receives return the end, also later, and everything we send arrives",
    run: met =>
      Effect.gen(function* () {
        const { socket } = met
        yield* socket.awaitEnd
        equal(yield* socket.recv(1), Option.none(), "its end")
        yield* socket.sendAll(question)
        equal(yield* socket.recv(1), Option.none(), "its end, later")
        yield* socket.close
        yield* met.told(/^received 300000$/)
      })
  },
  {
    peer: "answersAfterOurEnd",
    title: "answers after our end: we receive the whole answer, then the end, and we cannot send any more",
    run: ({ socket }) =>
      Effect.gen(function* () {
        yield* socket.sendAll(question)
        yield* socket.shutdownSend
        const { bytes, end } = yield* receiveAll(socket)
        equal([textOf(bytes), end], ["received 300000", "the end"], "the answer, and how it ended")
        yield* fails(socket.sendAll(utf8("x")), "SendError", "AfterShutdown", "a send after our end")
      })
  },
  {
    peer: "floods",
    title:
      "floods while we do not receive: it is held back at the mark, memory grows by less than 8 MiB, and close is quick",
    options: { highWaterMark: 64 * KiB },
    run: met =>
      Effect.gen(function* () {
        const before = yield* met.on.memory
        const { bytesBuffered, bytesReceived } = yield* heldBack(met, 64 * KiB)
        equal(bytesBuffered, bytesReceived, "received bytes are buffered")
        check(
          bytesBuffered <= 64 * KiB + oneRead,
          `expected at most one read beyond the mark, got ${bytesBuffered} bytes`
        )
        yield* memoryIsBounded(met, before, most, "a flood that nobody receives")
        yield* within(met.socket.close, "20 seconds", "a close during a flood")
        yield* isClosed(met)
      })
  },
  {
    peer: "floods",
    title: "floods while we receive everything: each byte is right, memory grows by less than 8 MiB, then the end",
    run: met =>
      Effect.gen(function* () {
        const before = yield* met.on.memory
        let bytes = 0
        for (const quarter of [1, 2, 3, 4]) {
          bytes = (yield* receiveStream(met, bytes, (met.flood / 4) * quarter)).bytes
          yield* memoryIsBounded(met, before, most, `after ${bytes} bytes`)
        }
        const { end } = yield* receiveStream(met, bytes)
        equal([bytes, end], [met.flood, "the end"], "the number of bytes, and the end")
      })
  },
  {
    peer: "sendsAfterOurEnd",
    title: "sends without end after our close: the close does not wait for it, and it is disconnected",
    run: met =>
      Effect.gen(function* () {
        yield* within(met.socket.close, "20 seconds", "the close")
        yield* met.told(/^gone$/)
        yield* isClosed(met)
      })
  },
  {
    peer: "sendsAfterOurEnd",
    title: "sends without end after our end: we can still receive, and then close disconnects it",
    run: met =>
      Effect.gen(function* () {
        yield* met.socket.shutdownSend
        equal((yield* receiveStream(met, 0, MiB)).end, "the limit", "a MiB of it")
        yield* within(met.socket.close, "20 seconds", "the close")
        yield* met.told(/^gone$/)
      })
  }
]
