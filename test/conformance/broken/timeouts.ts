/** Broken ways to keep to timeouts. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Connection } from "../../../src/internal/stream/transport.ts"
import { SocketTimeouts } from "../../../src/internal/waiting/timeouts.ts"
import { SendError } from "../../../src/SocketError.ts"
import { type Broken, onTransport, whole } from "./breaking.ts"

const timesOutUsable = (by: string): string =>
  `a receive, by whatever function, that waits for too long by ${by} fails with TimedOut, has consumed nothing, and leaves the socket usable`

/** What a limit would have to be that is another one. */
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
    wrong: "does not know timeouts",
    caughtBy: timesOutUsable("recvTimeout"),
    saying: /^recv: expected RecvError TimedOut, got .*expected it to end within 3s/,
    statement: onTransport(good => ({
      recv: bufsize => good.recv(bufsize),
      recvWith: step => good.recvWith(step),
      sendAll: bytes => good.sendAll(bytes)
    }))
  },
  {
    wrong: "does not pass timeouts on to its general receive",
    caughtBy: timesOutUsable("minThroughput"),
    saying: /^recvText: expected RecvError TimedOut, got .*expected it to end within 3s/,
    statement: onTransport(good => ({ recvWith: step => good.recvWith(step) }))
  },
  {
    wrong: "gives up before the time is over",
    caughtBy: timesOutUsable("messageTimeout"),
    saying: /^recv: expected it to last for 30ms, but it was done after \d+\.?\d*ms$/,
    statement: onTransport(good => ({
      recv: (bufsize, timeouts) =>
        good.recv(bufsize, changed(timeouts, { messageTimeout: (timeouts?.messageTimeout ?? 0) / 4 }))
    }))
  },
  {
    wrong: "drops what it has when the time is over",
    caughtBy: timesOutUsable("recvTimeout"),
    saying: /^what receive left: expected it to end within 3s$/,
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
    wrong: "starts the deadline anew with each byte",
    caughtBy:
      "each byte that comes starts recvTimeout anew, but not messageTimeout, which counts from where each receive begins",
    saying: /^a receive that is dribbled at: expected RecvError TimedOut, got .*expected it to end within 3s/,
    statement: onTransport(good => ({
      recvWith: (step, timeouts) => {
        const sooner = Math.min(timeouts?.recvTimeout ?? 0, timeouts?.messageTimeout ?? 0)
        return good.recvWith(step, changed(timeouts, { recvTimeout: sooner, messageTimeout: Number.POSITIVE_INFINITY }))
      }
    }))
  },
  {
    wrong: "lets the limit of one receive count for the next",
    caughtBy:
      "each view of a connection is held to its own timeouts, and a receive that was interrupted leaves none behind",
    saying: /^the limit of another view should not count$|^the short one: by which limit/,
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
    wrong: "counts what comes for one receive alone",
    caughtBy:
      "minThroughput cuts a peer that sends less while receives wait, across all of them, and spares one that sends more",
    saying: /^bytes, one each 20ms: expected RecvError TimedOut, got .*expected it to end within 3s/,
    statement: onTransport(good => ({
      recv: (bufsize, timeouts) => Effect.suspend(() => good.recv(bufsize, changed(timeouts, {})))
    }))
  },
  {
    wrong: "cuts a peer that nobody asks",
    caughtBy: "a program that does not ask never cuts its peer, and what is there is given, whatever the time",
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
    wrong: "cuts a send that has begun when the time is over",
    caughtBy:
      "a send that waits longer than sendTimeout fails with TimedOut: before its turn it sends nothing, after it goes out whole, and a later one follows",
    saying: /^what was in flight and what came after it: expected it to end within 3s$/,
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
    wrong: "does not see that a slow peer receives",
    caughtBy:
      "a send to a peer that receives slowly gets on, and is spared, however long it takes; so is one behind it",
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
