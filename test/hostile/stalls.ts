/** Peers that keep one waiting, or do not stop: slow ones, silent ones, deaf ones, floods. */
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

/** More than the kernel holds of a connection; made once, whoever sends it. */
const clog = new Uint8Array(24 * MiB)

/** Of ours, and of what the peer keeps in this process for each connection, with room. */
const most = 8 * MiB

const question = new Uint8Array(300_000)

/** What one read of the system may bring beyond a mark. */
const oneRead = 64 * KiB

/** What it takes to be sure that a limit passes. */
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
    title: "dribbles a byte at a time: recvText gives whole characters only, and all of them; then the end",
    run: met => Effect.map(all(met), text => equal(text, dribbled, "the text"))
  },
  {
    peer: "isSilent",
    title: "never speaks: a receive with a limit takes nothing, the socket stays usable, and a close needs no grace",
    run: met =>
      Effect.gen(function* () {
        const { socket } = met
        equal(yield* Effect.timeoutOption(socket.recv(1), aMoment), Option.none(), "a receive with a limit")
        equal(yield* Effect.timeoutOption(socket.awaitEnd, aMoment), Option.none(), "its end")
        yield* socket.sendText("still there?")
        yield* socket.close
        yield* met.told(/^saw the end$/)
        yield* isClosed(met)
      })
  },
  {
    peer: "neverReads",
    title: "never reads: a send waits, holds no memory but its own buffer, and a close ends it after the grace: Closed",
    options: { closeTimeout: "100 millis" },
    run: met =>
      Effect.gen(function* () {
        const { socket } = met
        const before = yield* met.on.memory
        const sending = yield* Effect.fork(socket.sendAll(clog))
        yield* sendWaits(met)
        yield* memoryIsBounded(met, before, most, "a send that waits")
        yield* within(socket.close, "20 seconds", "a close with a grace of 100 ms")
        failed(yield* Fiber.await(sending), "SendError", "Closed", "the send that waited")
        yield* isClosed(met)
      })
  },
  {
    peer: "neverReads",
    title: "never reads, and the scope ends amid a send: it resets at once, without the grace",
    run: met => Effect.zipRight(Effect.forkDaemon(Effect.ignore(met.socket.sendAll(clog))), sendWaits(met))
  },
  {
    peer: "halfClosesAndWaits",
    title: "ends its half and waits: the end, for ever, and all that we send still arrives",
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
    title: "answers after our end: the whole answer, then the end; we can send no more",
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
    title: "floods, and nobody receives: it is held back at the mark, memory stays within 8 MiB, and a close is quick",
    options: { highWaterMark: 64 * KiB },
    run: met =>
      Effect.gen(function* () {
        const before = yield* met.on.memory
        const { bytesBuffered, bytesReceived } = yield* heldBack(met, 64 * KiB)
        equal(bytesBuffered, bytesReceived, "what came is buffered")
        check(bytesBuffered <= 64 * KiB + oneRead, `expected at most a read beyond the mark, got ${bytesBuffered}`)
        yield* memoryIsBounded(met, before, most, "a flood that nobody receives")
        yield* within(met.socket.close, "20 seconds", "a close amid a flood")
        yield* isClosed(met)
      })
  },
  {
    peer: "floods",
    title: "floods, and all of it is received: each byte as it was sent, within 8 MiB of then the end",
    run: met =>
      Effect.gen(function* () {
        const before = yield* met.on.memory
        let bytes = 0
        for (const quarter of [1, 2, 3, 4]) {
          bytes = (yield* receiveStream(met, bytes, (met.flood / 4) * quarter)).bytes
          yield* memoryIsBounded(met, before, most, `after ${bytes} bytes`)
        }
        const { end } = yield* receiveStream(met, bytes)
        equal([bytes, end], [met.flood, "the end"], "how much came, and how it ended")
      })
  },
  {
    peer: "sendsAfterOurEnd",
    title: "sends after our close, on and on: the close does not wait for it, and it is sent away",
    run: met =>
      Effect.gen(function* () {
        yield* within(met.socket.close, "20 seconds", "the close")
        yield* met.told(/^gone$/)
        yield* isClosed(met)
      })
  },
  {
    peer: "sendsAfterOurEnd",
    title: "sends after our end, on and on: it is received for as long as we like, and then sent away",
    run: met =>
      Effect.gen(function* () {
        yield* met.socket.shutdownSend
        equal((yield* receiveStream(met, 0, MiB)).end, "the limit", "a MiB of it")
        yield* within(met.socket.close, "20 seconds", "the close")
        yield* met.told(/^gone$/)
      })
  }
]
