/** `pipe` does not keep the bytes that it moves: 1 GiB needs hardly more memory than 1 MiB, in each direction. */

import * as fs from "node:fs"
import * as net from "node:net"
import * as path from "node:path"
import { assert, describe, inject, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { start } from "./spawn.ts"

const mebibyte = 1024 * 1024

const command = [process.execPath, path.join(inject("built"), "dist", "main.js")]

/** The peak memory of a process so far, in bytes. */
const peak = (pid: string) => {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))!
  return Number(kibibytes) * 1024
}

/**
 * A server that reads one piece per turn of the event loop. When it has this many bytes, `all` resolves and the
 * connection stays open.
 */
const slowReader = (bytes: number) =>
  Effect.acquireRelease(
    Effect.async<{ readonly port: number; readonly all: Promise<net.Socket>; readonly server: net.Server }>(resume => {
      let taken = (_: net.Socket) => {}
      const all = new Promise<net.Socket>(done => {
        taken = done
      })
      const server = net.createServer(socket => {
        let left = bytes
        socket.on("error", () => {})
        socket.on("data", piece => {
          left -= piece.length
          socket.pause()
          setImmediate(() => socket.resume())
          if (left === 0) taken(socket)
        })
      })
      server.listen(0, "127.0.0.1", () => {
        resume(Effect.succeed({ port: (server.address() as net.AddressInfo).port, all, server }))
      })
    }),
    ({ server }) => Effect.sync(() => server.close())
  )

/** A server that sends this many bytes and then keeps the connection open. */
const sender = (bytes: number) =>
  Effect.acquireRelease(
    Effect.async<net.Server>(resume => {
      const server = net.createServer(socket => {
        let left = bytes
        const piece = Buffer.alloc(65536)
        const more = () => {
          for (let hasRoom = true; hasRoom && left > 0; left -= piece.length) hasRoom = socket.write(piece)
        }
        socket.on("error", () => {})
        socket.on("drain", more)
        more()
      })
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    server => Effect.sync(() => server.close())
  )

const numbered = `sh -c 'echo $$ >&2; exec "$@"' sh "$@"`

/** The peak memory of a pipe that has sent this many bytes of a stdin that does not end. */
const sending = (bytes: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { all, port } = yield* slowReader(bytes)
      const line = `{ head -c ${bytes} /dev/zero; read -r end; } | ${numbered}`
      const shell = yield* start("sh", ["-c", line, "sh", ...command, "pipe", "127.0.0.1", String(port)])
      const [, pid] = yield* shell.wrote("stderr", /^(\d+)\n/)
      const socket = yield* Effect.promise(() => all)
      const most = peak(pid!)
      yield* shell.endStdin
      socket.end()
      assert.deepStrictEqual(yield* shell.ended, { code: 0, stdout: "", stderr: `${pid}\n` })
      return most
    })
  )

/** The peak memory of a pipe that has written this many bytes to a reader that takes 4 KiB at a time. */
const receiving = (bytes: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const server = yield* sender(bytes)
      const { port } = server.address() as net.AddressInfo
      const line = `${numbered} | { dd bs=4096 count=${bytes / 4096} iflag=fullblock 2> /dev/null | wc -c; cat > /dev/null; }`
      const shell = yield* start("sh", ["-c", line, "sh", ...command, "pipe", "127.0.0.1", String(port)])
      const [, pid] = yield* shell.wrote("stderr", /^(\d+)\n/)
      yield* shell.wrote("stdout", new RegExp(`^\\s*${bytes}\\n$`))
      const most = peak(pid!)
      process.kill(Number(pid), "SIGTERM")
      yield* shell.ended
      return most
    })
  )

const reason = fs.existsSync("/proc/self/status") ? "" : " (skipped: no /proc)"

describe.skipIf(reason !== "")(`1 GiB through pipe needs at most 150 MiB more memory than 1 MiB${reason}`, () => {
  it.live.each([
    ["to a peer that reads slowly", sending],
    ["to a slow reader of stdout", receiving]
  ] as const)(
    "%s",
    ([, peakOf]) =>
      Effect.gen(function* () {
        const little = yield* peakOf(mebibyte)
        const much = yield* peakOf(1024 * mebibyte)
        assert.isBelow(much - little, 150 * mebibyte)
      }),
    180_000
  )
})
