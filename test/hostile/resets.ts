/** Peers that reset or are killed: before, during and after they send, and while our reading is paused. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { utf8 } from "../../src/internal/conformance/kit/bytes.ts"
import { check, equal, failed, fails, sameBytes } from "../../src/internal/conformance/kit/expect.ts"
import { receiveAll } from "../../src/internal/conformance/kit/pairs.ts"
import {
  buffered,
  type Conversation,
  canReset,
  gone,
  receiveStream,
  resetOrEnd,
  sendsFail,
  staysGone
} from "./conversation.ts"
import { beforeReset, greeting } from "./peers.ts"

const MiB = 1024 * 1024

const cue = utf8("x")

const greeted = utf8(greeting)

/** Bytes for a peer that does not read them: more than Node reads by itself. */
const unread = new Uint8Array(MiB)

export const resets: ReadonlyArray<Conversation> = [
  {
    peer: "resetsAtOnce",
    title: "resets at once: recv fails with Reset (or connect does), also later, and sends fail",
    mayFailToConnect: true,
    run: met =>
      Effect.gen(function* () {
        const { bytes, end } = yield* receiveAll(met.socket)
        equal([bytes.length, end], [0, resetOrEnd(met)], "the number of bytes, and the end")
        yield* staysGone(met)
      })
  },
  {
    peer: "greetsAndResets",
    title: "greets and resets at once: we receive the whole greeting, then Reset (or connect fails with Reset)",
    mayFailToConnect: true,
    run: met =>
      Effect.gen(function* () {
        const { bytes, end } = yield* receiveAll(met.socket)
        sameBytes(bytes, greeted, "the greeting")
        equal(end, resetOrEnd(met), "after the greeting")
        yield* staysGone(met)
      })
  },
  {
    peer: "resetsAfterGreeting",
    title: "resets after the greeting: a waiting receive fails with Reset, and so does every later one",
    run: met =>
      Effect.gen(function* () {
        const { socket } = met
        sameBytes(yield* socket.recvExactly(greeted.length), greeted, "the greeting")
        yield* socket.sendAll(cue)
        const next = yield* Effect.exit(socket.recv(1))
        if (canReset(met)) {
          failed(next, "RecvError", "Reset", "the receive that waited")
        }
        yield* met.told(/^reset$/)
        yield* staysGone(met)
      })
  },
  {
    peer: "resetsMidStream",
    title: "resets in the middle of a long stream: we receive an exact prefix, then Reset, and never the end",
    run: met =>
      Effect.gen(function* () {
        const first = yield* receiveStream(met, 0, MiB)
        equal(first.end, "the limit", "the first MiB")
        yield* met.socket.sendAll(cue)
        const { bytes, end } = yield* receiveStream(met, first.bytes)
        equal(end, resetOrEnd(met), `after ${bytes} bytes`)
        yield* staysGone(met)
      })
  },
  {
    peer: "resetsWhilePaused",
    title:
      "resets while our reading is paused: we receive a prefix, at least up to the mark, then Reset, and never the end",
    options: { highWaterMark: 1000 },
    run: met =>
      Effect.gen(function* () {
        const { socket } = met
        yield* buffered(met, 1000)
        yield* socket.sendAll(cue)
        yield* met.told(/^reset$/)
        const { bytes, end } = yield* receiveStream(met)
        check(bytes >= 1000 && bytes <= beforeReset, `received ${bytes} of ${beforeReset} bytes`)
        equal(end, resetOrEnd(met), `after ${bytes} bytes`)
        yield* staysGone(met)
      })
  },
  {
    peer: "resetsWhilePaused",
    title: "resets while our reading is paused, and a send sees it first: we receive the buffered bytes, then Reset",
    options: { highWaterMark: 1000 },
    run: met =>
      Effect.gen(function* () {
        const { socket } = met
        yield* buffered(met, 1000)
        const { bytesBuffered } = yield* socket.stats
        yield* socket.sendAll(cue)
        yield* met.told(/^reset$/)
        yield* sendsFail(met)
        const { bytes, end } = yield* receiveStream(met)
        check(bytes >= bytesBuffered, `received ${bytes} bytes, but ${bytesBuffered} were buffered`)
        equal(end, "Reset", `after ${bytes} bytes`)
      })
  },
  {
    peer: "sendsAndDestroys",
    title: "sends and destroys its socket at once: we receive everything it sent, then the end",
    run: met =>
      Effect.gen(function* () {
        const { bytes, end } = yield* receiveAll(met.socket)
        sameBytes(bytes, greeted, "what it sent")
        equal(end, "the end", "after that")
      })
  },
  {
    peer: "isKilled",
    title: "is killed after it has read everything: we receive what it sent, then the end",
    run: ({ socket }) =>
      Effect.gen(function* () {
        sameBytes(yield* socket.recvExactly(greeted.length), greeted, "the greeting")
        yield* socket.sendAll(cue)
        yield* socket.awaitEnd
        equal(yield* socket.recv(1), Option.none(), "after the greeting")
      })
  },
  {
    peer: "isKilledBeforeItReads",
    title: "is killed before it reads what we sent: we receive what it sent, then Reset, and our sends fail",
    run: met =>
      Effect.gen(function* () {
        const { socket } = met
        sameBytes(yield* socket.recvExactly(greeted.length), greeted, "the greeting")
        const sent = yield* Effect.exit(socket.sendAll(unread))
        if (sent._tag === "Failure") {
          failed(sent, "SendError", gone, "what it does not read")
        }
        yield* fails(socket.recvExactly(1), "RecvError", "Reset", "after the greeting")
        yield* fails(socket.sendAll(cue), "SendError", gone, "a send after that")
      })
  }
]
