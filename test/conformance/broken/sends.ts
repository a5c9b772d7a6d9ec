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
    caughtBy: "after 65536 bytes and a close the peer gets all of them, then the end",
    saying: /^what was sent before the close: byte 1000 of 65536: expected \d+, got \d+$/,
    statement: onTransport(good => ({
      sendAll: bytes => {
        const all = whole(bytes)
        return good.sendAll(all.length > 1000 ? [all.subarray(0, 1000), all.subarray(1001)] : all)
      }
    }))
  },
  {
    wrong: "sends the buffers of one send in another order",
    caughtBy: "several buffers arrive as their concatenation",
    saying: /^six buffers: byte 0 of 100004: expected 97, got 100$/,
    statement: onTransport(good => ({
      sendAll: bytes => good.sendAll(bytes instanceof Uint8Array ? bytes : [...bytes].reverse())
    }))
  },
  {
    wrong: "lets a short send overtake a long one",
    caughtBy: "what several fibers send at once arrives whole, never interleaved, first in, first out",
    saying: /^the order of the sends: expected \[0, 1, 2, 3, 4, 5, 6, 7\], got \[0, 1, 3, 4/,
    statement: onTransport(good => ({
      sendAll: bytes =>
        whole(bytes).length > 1_000_000 ? Effect.zipRight(Effect.sleep(1), good.sendAll(bytes)) : good.sendAll(bytes)
    }))
  },
  {
    wrong: "sends in two parts, and another fiber's send comes between them",
    caughtBy: "what several fibers send at once arrives whole, never interleaved, first in, first out",
    saying: /^frame \d of \d+ bytes at byte \d+ is not whole: byte \d+ is \d+$/,
    statement: onTransport(good => ({
      sendAll: bytes => Effect.forEach(halves(whole(bytes)), half => good.sendAll(half), { discard: true })
    }))
  },
  {
    wrong: "sends what it sends twice",
    caughtBy: "a counter of 8 bytes goes to and fro 1,000 times",
    saying: /^trip 1: byte 0 of 8: expected 63, got 0$/,
    statement: onTransport(good => ({ sendAll: bytes => good.sendAll([whole(bytes), whole(bytes)]) }))
  },
  {
    wrong: "takes everything at once, whoever receives",
    caughtBy:
      "a sender to a peer that does not receive blocks, holds a bounded amount of memory, and goes on when the peer receives (mark 131072)",
    saying: /^48\.0 MiB should be too many to send$/,
    statement: onTransport(good => ({ sendAll: bytes => Effect.forkDaemon(Effect.ignore(good.sendAll(bytes))) }))
  },
  {
    wrong: "sends later what it was given, without a copy",
    caughtBy: "a buffer that was sent may be overwritten as soon as sendAll returns",
    saying: /^round 0: byte \d+ of 500000: expected 0, got [1-9]\d*$/,
    statement: onTransport(good => {
      const turn = Effect.unsafeMakeSemaphore(1)
      const later = (bytes: Parameters<typeof good.sendAll>[0]) =>
        turn.withPermits(1)(Effect.zipRight(Effect.sleep(1), good.sendAll(bytes)))
      return { sendAll: bytes => Effect.forkDaemon(Effect.ignore(later(bytes))) }
    })
  },
  {
    wrong: "ends its half when it is given nothing to send",
    caughtBy: "to send nothing is legal, means nothing, and is not the end",
    saying: /^send .*: the sending half has been shut down$/,
    statement: onTransport(good => ({
      sendAll: bytes => (whole(bytes).length === 0 ? good.shutdownSend : good.sendAll(bytes))
    }))
  },
  {
    wrong: "never says that the peer has gone",
    caughtBy:
      "after the peer has gone by abort, sends fail with BrokenPipe or Reset within a few tries, and go on failing",
    saying: /^expected sends to a peer that has gone to fail, but 100 of them succeeded$/,
    statement: onTransport(good => ({ sendAll: bytes => Effect.ignore(good.sendAll(bytes)) }))
  },
  {
    wrong: "stops in the middle of a send that is interrupted",
    caughtBy: "sends interrupted at each of their steps go out whole or not at all",
    saying: /^(half a frame at byte|frame \d+ of \d+ bytes at byte \d+ is not whole)/,
    statement: onTransport(good => ({
      sendAll: bytes => Effect.forEach(halves(whole(bytes)), half => good.sendAll(half), { discard: true })
    }))
  }
]
