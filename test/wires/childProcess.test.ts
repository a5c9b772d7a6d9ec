/** A `Socket` over the stdin and stdout of child processes passes the contract. It uses only public modules. */
import { spawn } from "node:child_process"
import type * as stream from "node:stream"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Socket from "../../src/Socket.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { contract } from "./contract.ts"
import type { End } from "./inProcess.ts"

const endOf = (stdin: stream.Writable, stdout: stream.Readable): End => {
  const destroy = () => {
    stdin.destroy()
    stdout.destroy()
  }
  return {
    close: destroy,
    open: (localAddress, remoteAddress, feed): Socket.Wire => {
      const fail = (cause: NodeJS.ErrnoException) => feed.fail({ code: cause.code, cause })
      stdin.on("error", fail)
      // Node destroys the stdin of a child that has exited, perhaps without an error.
      stdin.on("close", () => stdin.writableFinished || feed.fail({ code: "EPIPE" }))
      stdout.on("error", fail)
      stdout.on("data", chunk => feed.push(chunk))
      stdout.on("end", () => feed.end())
      return {
        localAddress,
        remoteAddress,
        resume: () => void stdout.resume(),
        pause: () => void stdout.pause(),
        write: buffers => {
          for (const buffer of [buffers].flat() as ReadonlyArray<Uint8Array>) stdin.write(buffer)
          if (stdin.writableLength === 0) return true
          stdin.write("", error => error ?? feed.drained())
          return false
        },
        end: () => void stdin.end(() => feed.finished()),
        close: () => {
          stdout.destroy()
          // `end` of a destroyed stream never calls back.
          if (stdin.destroyed) feed.closed()
          else stdin.end(() => feed.closed())
        },
        destroy
      }
    }
  }
}

/** Starts `cat`, which carries one direction of a connection. */
const cat = () => {
  const { stdin, stdout } = spawn("cat", { stdio: ["pipe", "pipe", "inherit"] })
  for (const pipe of [stdin, stdout]) pipe.on("error", () => {})
  return { stdin, stdout }
}

contract(
  "the stdin and stdout of child processes",
  () => {
    const [there, back] = [cat(), cat()]
    return [endOf(there.stdin, back.stdout), endOf(back.stdin, there.stdout)]
  },
  {
    cannot: { reset: "a pipe has no reset: the peer sees the end" },
    // The other process needs time to run.
    turn: Effect.sleep(0)
  }
)

for (const operation of ["sendAll", "shutdownSend", "close"] as const) {
  it.scopedLive(`${operation} ends when Node destroys the stdin of a child that has exited`, () =>
    Effect.gen(function* () {
      const { stdin, stdout } = cat()
      const nowhere = SocketAddress.unixUnnamed
      const socket = yield* Socket.fromWire(feed => endOf(stdin, stdout).open(nowhere, nowhere, feed))
      const sending = yield* Effect.fork(Effect.exit(socket.sendAll(new Uint8Array(10_000_000))))
      yield* Effect.yieldNow()
      const waiting = yield* Effect.fork(operation === "sendAll" ? Effect.void : Effect.exit(socket[operation]))
      yield* Effect.yieldNow()
      stdin.destroy()
      assert.strictEqual((yield* Fiber.join(sending))._tag, "Failure")
      yield* Fiber.join(waiting)
    })
  )
}
