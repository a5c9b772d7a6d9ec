/** Broken timeouts. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Connection } from "../../../src/internal/stream/transport.ts"
import { SocketTimeouts } from "../../../src/internal/waiting/timeouts.ts"
import { SendError } from "../../../src/SocketError.ts"
import { type Broken, onTransport, whole } from "./breaking.ts"

const timesOutUsable = (by: string): string =>
  `a receive that times out by ${by} fails with TimedOut, consumes nothing, and leaves the socket usable`

/** A copy of the timeouts, with some of them changed. */
const changed = (timeouts: SocketTimeouts | undefined, change: Partial<SocketTimeouts>) =>
  timeouts && new SocketTimeouts({ ...timeouts, ...change })

const timedOut = ({ localAddress, remoteAddress }: Connection, millis: number, bytesRequested: number) =>
  new SendError({
    reason: "TimedOut",
    localAddress,
    remoteAddress,
    bytesRequested,
    bytesAccepted: 0,
    by: "sendTimeout",
    timeout: Duration.millis(millis)
  })

export const brokenTimeouts: ReadonlyArray<Broken> = [
  {
    wrong: "ignores timeouts",
    caughtBy: timesOutUsable("recvTimeout"),
    saying: /^recv: expected RecvError TimedOut, got .*did not finish within 3s/,
    statement: onTransport(good => ({
      recv: bufsize => good.recv(bufsize),
      recvWith: step => good.recvWith(step),
      sendAll: bytes => good.sendAll(bytes)
    }))
  },
  {
    wrong: "ignores timeouts in recvWith",
    caughtBy: timesOutUsable("minThroughput"),
    saying: /^recvText: expected RecvError TimedOut, got .*did not finish within 3s/,
    statement: onTransport(good => ({ recvWith: step => good.recvWith(step) }))
  },
  {
    wrong: "times out too early",
    caughtBy: timesOutUsable("messageTimeout"),
    saying: /^recv: expected at least 30ms, but finished after \d+\.?\d*ms$/,
    statement: onTransport(good => ({
      recv: (bufsize, timeouts) =>
        good.recv(bufsize, changed(timeouts, { messageTimeout: (timeouts?.messageTimeout ?? 0) / 4 }))
    }))
  },
  {
    wrong: "drops the buffered bytes when a receive times out",
    caughtBy: timesOutUsable("recvTimeout"),
    saying: /^the bytes that recvWith left: did not finish within 3s$/,
    statement: onTransport(good => ({
      recvWith: (step, timeouts) =>
        Effect.tapError(good.recvWith(step, timeouts), error =>
          typeof error === "object" && error !== null && "by" in error && error.by === "recvTimeout"
            ? Effect.ignore(good.recvWith(view => ({ _tag: "Take", bytes: view.length, value: undefined })))
            : Effect.void
        )
    }))
  },
  {
    wrong: "restarts messageTimeout with each byte",
    caughtBy: "each byte restarts recvTimeout, but not messageTimeout, which starts when the receive begins to wait",
    saying: /^a receive of one byte each 20ms: expected RecvError TimedOut, got .*did not finish within 3s/,
    statement: onTransport(good => ({
      recvWith: (step, timeouts) => {
        const sooner = Math.min(timeouts?.recvTimeout ?? 0, timeouts?.messageTimeout ?? 0)
        return good.recvWith(step, changed(timeouts, { recvTimeout: sooner, messageTimeout: Number.POSITIVE_INFINITY }))
      }
    }))
  },
  {
    wrong: "applies the timeout of one receive to the next",
    caughtBy: "each withTimeouts view of a socket has its own timeouts, and an interrupted receive leaves none behind",
    saying: /^the timeout of another view should not apply$|^the view with the short timeout: by/,
    statement: onTransport(good => {
      let last: SocketTimeouts | undefined
      return {
        recv: (bufsize, timeouts) =>
          Effect.suspend(() => {
            if (timeouts !== undefined && timeouts.recvTimeout < 100) last = timeouts
            return good.recv(bufsize, last ?? timeouts)
          })
      }
    })
  },
  {
    wrong: "counts minThroughput for each receive separately",
    caughtBy: "minThroughput counts across receives: a slower peer times out, a faster one does not",
    saying: /^bytes, one each 20ms: expected RecvError TimedOut, got .*did not finish within 3s/,
    statement: onTransport(good => ({
      recv: (bufsize, timeouts) => Effect.suspend(() => good.recv(bufsize, changed(timeouts, {})))
    }))
  },
  {
    wrong: "counts time in which no receive waits",
    caughtBy:
      "timeouts count only while a receive waits; a receive returns buffered bytes even if more time than a timeout has passed",
    saying: /timed out after 20ms without a byte \(recvTimeout\)/,
    statement: onTransport(good => {
      let asked = performance.now()
      return {
        recv: (bufsize, timeouts) =>
          Effect.suspend(() => {
            const since = asked
            asked = performance.now()
            return asked - since > (timeouts?.recvTimeout ?? 1000)
              ? Effect.zipRight(Effect.map(good.recv(bufsize), Option.getOrThrow), good.recv(bufsize, timeouts))
              : good.recv(bufsize, timeouts)
          })
      }
    })
  },
  {
    wrong: "stops a send in flight when it times out",
    caughtBy:
      "a send without progress for sendTimeout fails with TimedOut; if it is in flight, it goes out whole, otherwise not at all; later sends follow",
    saying: /^the send in flight and the bytes after it: did not finish within 3s$/,
    statement: onTransport(good => ({
      sendAll: (bytes, timeouts) => {
        const all = whole(bytes)
        const middle = Math.ceil(all.length / 2)
        return all.length < 1000
          ? good.sendAll(bytes, timeouts)
          : Effect.zipRight(
              good.sendAll(all.subarray(0, middle), timeouts),
              good.sendAll(all.subarray(middle), timeouts)
            )
      }
    }))
  },
  {
    wrong: "does not see the progress of a slow peer",
    caughtBy: "while a slow peer receives, a send and the send behind it do not time out, however long they take",
    saying: /timed out after 800ms without progress \(sendTimeout\)/,
    statement: onTransport(good => ({
      sendAll: (bytes, timeouts) =>
        Effect.timeoutFail(good.sendAll(bytes), {
          duration: timeouts?.sendTimeout ?? Duration.infinity,
          onTimeout: () => timedOut(good, timeouts?.sendTimeout ?? 0, whole(bytes).length)
        })
    }))
  }
]
