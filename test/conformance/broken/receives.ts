/** Broken ways to receive. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Network from "../../../src/Network.ts"
import { driver } from "../transports.ts"
import { type Broken, onDriver, onTransport } from "./breaking.ts"

const withoutMark = <O extends Network.StreamOptions>(options: O): O => ({ ...options, highWaterMark: 2 ** 40 })

export const brokenReceives: ReadonlyArray<Broken> = [
  {
    wrong: "loses what it has taken when it is interrupted",
    caughtBy:
      "recv, interrupted at each of its steps, loses nothing, and the next receive is not Busy (bytes come before it waits)",
    saying: /^what an interrupted recv left: expected it to end within 3s$/,
    statement: onTransport(good => ({ recv: bufsize => Effect.tap(good.recv(bufsize), () => Effect.yieldNow()) }))
  },
  {
    wrong: "loses what it has taken for a stream that is interrupted",
    caughtBy:
      "a stream that is interrupted at each of its steps loses nothing, and the next receive is not Busy (bytes come before it waits)",
    saying: /^what an interrupted stream left: expected it to end within 3s$/,
    statement: onTransport(good => ({ recv: bufsize => Effect.tap(good.recv(bufsize), () => Effect.sleep(0)) }))
  },
  {
    wrong: "drops what a step has not taken",
    caughtBy:
      "lines that are read now as a stream, for some Chunks, and now one by one, are all there, and none of them twice",
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
    wrong: "lets a second receiver wait for the first",
    caughtBy:
      "while one fiber receives, by whatever function, every other that tries is told Busy, and the first gets its bytes",
    saying: /^recv while recv waits: expected RecvError Busy, got .*expected it to end within 3s/,
    statement: onTransport(good => {
      const turn = Effect.unsafeMakeSemaphore(1)
      return {
        recv: bufsize => turn.withPermits(1)(good.recv(bufsize)),
        recvWith: step => turn.withPermits(1)(good.recvWith(step))
      }
    })
  },
  {
    wrong: "gives one byte more than it was asked for",
    caughtBy: "recv gives at least one and at most bufsize bytes, and keeps the rest, in order",
    saying: /^recv\(4\): expected some 4 bytes .*, got some 5 bytes/,
    statement: onTransport(good => ({ recv: bufsize => good.recv(bufsize + 1) }))
  },
  {
    wrong: "dies of a bufsize that means nothing",
    caughtBy: "a bufsize that is not a positive safe integer fails with InvalidBufsize, and changes nothing",
    saying: /^recv\(0\): expected RecvError InvalidBufsize, got RangeError: no bufsize/,
    statement: onTransport(good => ({
      recv: bufsize => (bufsize > 0 ? good.recv(bufsize) : Effect.die(new RangeError("no bufsize")))
    }))
  },
  {
    wrong: "gives what belongs to it, and writes over it later",
    caughtBy:
      "bytes that were handed out are plain, small, and the caller's own: never touched again, and free to be changed",
    saying: /^(bytes that were handed out before: byte \d+|\d+ bytes should not hold 65536 bytes of memory)/,
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
    wrong: "gives Buffers of Node",
    caughtBy:
      "bytes that were handed out are plain, small, and the caller's own: never touched again, and free to be changed",
    saying: /^a result should be a Uint8Array, and no subclass of it$/,
    statement: onTransport(good => ({
      recv: bufsize =>
        Effect.map(
          good.recv(bufsize),
          Option.map(bytes => Buffer.from(bytes.buffer))
        )
    }))
  },
  {
    wrong: "consumes a byte when it is asked to look",
    caughtBy: "peek consumes nothing and sees what recv gives next; at the end it gives what is left",
    saying: /^peek\(6\): expected some 6 bytes|^peek\(6\): expected it to end/,
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
    wrong: "reads ahead without a bound",
    caughtBy: "a receiver that takes 1 byte at a time from a flood stays bounded",
    saying: /^expected at most 81920 bytes buffered, got \d+$/,
    statement: onDriver({
      ...driver,
      dial: (address, options, own) => driver.dial(address, withoutMark(options), own),
      listen: (address, options) => driver.listen(address, withoutMark(options))
    })
  }
]
