/** A `Socket` over the stdin and stdout of child processes passes the contract. It uses only public modules. */
import { spawn } from "node:child_process"
import type * as stream from "node:stream"
import * as Effect from "effect/Effect"
import type * as Socket from "../../src/Socket.ts"
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
      stdout.on("error", fail)
      stdout.on("data", chunk => feed.push(chunk))
      stdout.on("end", () => feed.end())
      return {
        localAddress,
        remoteAddress,
        resume: () => void stdout.resume(),
        pause: () => void stdout.pause(),
        write: buffers => {
          // Node destroys the stdin of a child that has exited, without an error.
          if (stdin.destroyed) feed.fail({ code: "EPIPE" })
          for (const buffer of [buffers].flat() as ReadonlyArray<Uint8Array>) stdin.write(buffer)
          if (stdin.writableLength === 0) return true
          stdin.write("", error => error || feed.drained())
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
