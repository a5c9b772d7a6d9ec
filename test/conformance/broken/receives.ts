/** Broken ways to receive. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Network from "../../../src/Network.ts"
import { RecvError } from "../../../src/SocketError.ts"
import { driver } from "../transports.ts"
import { type Broken, onDriver, onTransport } from "./breaking.ts"

const withoutMark = <O extends Network.StreamOptions>(options: O): O => ({ ...options, highWaterMark: 2 ** 40 })

export const brokenReceives: ReadonlyArray<Broken> = [
  {
    wrong: "loses the bytes that an interrupted recv has taken",
    caughtBy:
      "recv, interrupted at any step, loses no byte, and the next receive works (the bytes arrive before it waits)",
    saying: /^the bytes that an interrupted recv left: did not finish within 3s$/,
    statement: onTransport(good => ({ recv: bufsize => Effect.tap(good.recv(bufsize), () => Effect.yieldNow()) }))
  },
  {
    wrong: "loses the bytes that an interrupted stream has taken",
    caughtBy:
      "a stream interrupted at any step loses no byte, and the next receive works (the bytes arrive before it waits)",
    saying: /^the bytes that an interrupted stream left: did not finish within 3s$/,
    statement: onTransport(good => ({ recv: bufsize => Effect.tap(good.recv(bufsize), () => Effect.sleep(0)) }))
  },
  {
    wrong: "drops the bytes that a step did not take",
    caughtBy:
      "lines and recvLine may alternate if the consumer stops lines after a whole Chunk: each line is read once, in order",
    saying: /^the lines: expected \[.*5000 in all\], got \[|^'utf-8' codec can't decode byte/,
    statement: onTransport(good => ({
      recvWith: step =>
        good.recvWith((view, ended, offset) => {
          const instruction = step(view, ended, offset)
          return instruction._tag === "Take" ? { ...instruction, bytes: view.length } : instruction
        })
    }))
  },
  {
    wrong: "lets a second receive wait for the first",
    caughtBy:
      "while a fiber waits in a receive, any other receive fails with Busy, and the first receive gets its bytes",
    saying: /^recv while recv waits: expected RecvError Busy, got .*did not finish within 3s/,
    statement: onTransport(good => {
      const turn = Effect.unsafeMakeSemaphore(1)
      return {
        recv: bufsize => turn.withPermits(1)(good.recv(bufsize)),
        recvWith: step => turn.withPermits(1)(good.recvWith(step))
      }
    })
  },
  {
    wrong: "is Busy until an interrupted receive has ended",
    caughtBy:
      "after another fiber's receive has been interrupted, a receive does not fail with Busy, even if that fiber has not ended yet",
    saying: /^recv, right after the interruption of recv: .*another fiber is receiving/,
    statement: onTransport(good => {
      const { localAddress, remoteAddress } = good
      const busy = new RecvError({ reason: "Busy", localAddress, remoteAddress })
      let isTaken = false
      const release = Effect.sync(() => {
        isTaken = false
      })
      return {
        recv: bufsize =>
          Effect.suspend(() => {
            if (isTaken) return Effect.fail(busy)
            isTaken = true
            return Effect.ensuring(good.recv(bufsize), release)
          })
      }
    })
  },
  {
    wrong: "returns one byte more than bufsize",
    caughtBy: "recv returns 1 to bufsize bytes, in order, and leaves the rest",
    saying: /^recv\(4\): expected Some 4 bytes .*, got Some 5 bytes/,
    statement: onTransport(good => ({ recv: bufsize => good.recv(bufsize + 1) }))
  },
  {
    wrong: "dies if bufsize is invalid",
    caughtBy: "a bufsize that is not a positive safe integer fails with InvalidBufsize and consumes nothing",
    saying: /^recv\(0\): expected RecvError InvalidBufsize, got RangeError: no bufsize/,
    statement: onTransport(good => ({
      recv: bufsize => (bufsize > 0 ? good.recv(bufsize) : Effect.die(new RangeError("no bufsize")))
    }))
  },
  {
    wrong: "returns its own memory and overwrites it later",
    caughtBy:
      "received bytes are a plain Uint8Array with little spare memory; the library never changes it, but the caller may",
    saying: /^(bytes that were returned before: byte \d+|\d+ bytes should not hold 65536 bytes of memory)/,
    statement: onTransport(good => {
      const memory = new Uint8Array(65_536)
      const keep = (bytes: Uint8Array) => {
        memory.set(bytes)
        return memory.subarray(0, bytes.length)
      }
      return { recv: bufsize => Effect.map(good.recv(bufsize), Option.map(keep)) }
    })
  },
  {
    wrong: "returns Buffers of Node",
    caughtBy:
      "received bytes are a plain Uint8Array with little spare memory; the library never changes it, but the caller may",
    saying: /^a receive should return a plain Uint8Array, not a subclass$/,
    statement: onTransport(good => ({
      recv: bufsize =>
        Effect.map(
          good.recv(bufsize),
          Option.map(bytes => Buffer.from(bytes.buffer))
        )
    }))
  },
  {
    wrong: "consumes a byte in peekFull",
    caughtBy:
      "peekFull consumes nothing and returns the bytes that recv returns next; at the end it returns the remaining bytes",
    saying: /^peekFull\(6\): expected Some 6 bytes|^peekFull\(6\): did not finish/,
    statement: onTransport(good => ({
      recvWith: step =>
        good.recvWith((view, ended, offset) => {
          const instruction = step(view, ended, offset)
          return instruction._tag === "Take" && instruction.bytes === 0 && view.length > 0
            ? { ...instruction, bytes: 1 }
            : instruction
        })
    }))
  },
  {
    wrong: "buffers without a limit",
    caughtBy: "during a flood, a receiver that takes 1 byte at a time buffers a bounded amount",
    saying: /^expected at most 81920 bytes buffered, got \d+$/,
    statement: onDriver({
      ...driver,
      dial: (address, options, own) => driver.dial(address, withoutMark(options), own),
      listen: (address, options) => driver.listen(address, withoutMark(options))
    })
  }
]
