/** Broken ways to send. */
import * as Effect from "effect/Effect"
import { type Broken, onTransport, whole } from "./breaking.ts"

const halves = (bytes: Uint8Array): readonly [Uint8Array, Uint8Array] => {
  const middle = Math.ceil(bytes.length / 2)
  return [bytes.subarray(0, middle), bytes.subarray(middle)]
}

export const brokenSends: ReadonlyArray<Broken> = [
  {
    wrong: "drops a byte of a long send",
    caughtBy: "the peer receives all that was sent before a close, then the end (bytes: 65536)",
    saying: /^the bytes sent before the close: byte 1000 of 65536: expected \d+, got \d+$/,
    statement: onTransport(good => ({
      sendAll: bytes => {
        const all = whole(bytes)
        return good.sendAll(all.length > 1000 ? [all.subarray(0, 1000), all.subarray(1001)] : all)
      }
    }))
  },
  {
    wrong: "sends the buffers of one send in reverse order",
    caughtBy: "sendAll of several buffers sends their concatenation",
    saying: /^six buffers: byte 0 of 100004: expected 97, got 100$/,
    statement: onTransport(good => ({
      sendAll: bytes => good.sendAll(bytes instanceof Uint8Array ? bytes : [...bytes].reverse())
    }))
  },
  {
    wrong: "lets a short send overtake a long one",
    caughtBy: "concurrent sends never interleave: they go out whole, first in, first out",
    saying: /^the order of the sends: expected \[0, 1, 2, 3, 4, 5, 6, 7\], got \[0, 1, 3, 4/,
    statement: onTransport(good => ({
      sendAll: bytes =>
        whole(bytes).length > 1_000_000 ? Effect.zipRight(Effect.sleep(1), good.sendAll(bytes)) : good.sendAll(bytes)
    }))
  },
  {
    wrong: "sends in two parts, so that another send can come between them",
    caughtBy: "concurrent sends never interleave: they go out whole, first in, first out",
    saying: /^frame \d of \d+ bytes at byte \d+ is not whole: byte \d+ is \d+$/,
    statement: onTransport(good => ({
      sendAll: bytes => Effect.forEach(halves(whole(bytes)), half => good.sendAll(half), { discard: true })
    }))
  },
  {
    wrong: "sends everything twice",
    caughtBy: "a counter of 8 bytes makes 1,000 round trips unchanged",
    saying: /^trip 1: byte 0 of 8: expected 63, got 0$/,
    statement: onTransport(good => ({ sendAll: bytes => good.sendAll([whole(bytes), whole(bytes)]) }))
  },
  {
    wrong: "never waits in sendAll, even if the peer does not receive",
    caughtBy:
      "if the peer does not receive, sendAll waits with bounded memory, and continues when the peer receives (highWaterMark 131072)",
    saying: /^expected the sender to wait, but it sent 48\.0 MiB to a peer that does not receive$/,
    statement: onTransport(good => ({ sendAll: bytes => Effect.forkDaemon(Effect.ignore(good.sendAll(bytes))) }))
  },
  {
    wrong: "sends a buffer later, without a copy of it",
    caughtBy: "the caller may overwrite a buffer as soon as sendAll returns",
    saying: /^round 0: byte \d+ of 500000: expected 0, got [1-9]\d*$/,
    statement: onTransport(good => {
      const turn = Effect.unsafeMakeSemaphore(1)
      const later = (bytes: Parameters<typeof good.sendAll>[0]) =>
        turn.withPermits(1)(Effect.zipRight(Effect.sleep(1), good.sendAll(bytes)))
      return { sendAll: bytes => Effect.forkDaemon(Effect.ignore(later(bytes))) }
    })
  },
  {
    wrong: "ends the sending half at an empty send",
    caughtBy: "an empty send succeeds, sends nothing, and does not end the stream",
    saying: /^send .*: the sending half has been shut down$/,
    statement: onTransport(good => ({
      sendAll: bytes => (whole(bytes).length === 0 ? good.shutdownSend : good.sendAll(bytes))
    }))
  },
  {
    wrong: "never fails a send after the peer is gone",
    caughtBy: "after the peer's abort, sends soon fail with BrokenPipe or Reset, and keep failing",
    saying: /^expected a send to a peer that is gone to fail, but 100 sends succeeded$/,
    statement: onTransport(good => ({ sendAll: bytes => Effect.ignore(good.sendAll(bytes)) }))
  },
  {
    wrong: "stops an interrupted send in the middle",
    caughtBy: "sends interrupted at any step go out whole or not at all",
    saying: /^(half a frame at byte|frame \d+ of \d+ bytes at byte \d+ is not whole)/,
    statement: onTransport(good => ({
      sendAll: bytes => Effect.forEach(halves(whole(bytes)), half => good.sendAll(half), { discard: true })
    }))
  }
]
