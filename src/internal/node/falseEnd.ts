/**
 * A workaround for false ends of Unix sockets. If the peer has already closed and a read returns fewer bytes than asked
 * for, libuv before version 1.52 reports the end (libuv#2319, #4992, #4997). This end is false if the peer passed a
 * file descriptor with a message, because then more bytes may follow a short read. Node 20 and 22 have such a libuv.
 *
 * @internal
 */
import type * as net from "node:net"
import { handleOf } from "./handle.ts"

const [major = 0, minor = 0] = (process.versions.uv ?? "").split(".").map(Number)
const hasFalseEnds = major === 1 && minor < 52

/**
 * If an end comes right after bytes, ignores it and reads again. If the end was false, the next bytes arrive. If the
 * end was true, Node reports the end again.
 */
export const checkEnds = (socket: net.Socket): void => {
  if (!hasFalseEnds) return
  const { push } = socket
  let checked = 0
  socket.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    const handle = handleOf(socket)
    if (chunk !== null || socket.bytesRead === checked || handle?.readStart === undefined) {
      return push.call(socket, chunk, encoding)
    }
    checked = socket.bytesRead
    handle.readStart()
    return true
  }
}
