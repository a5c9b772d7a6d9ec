/**
 * False ends of Unix sockets. Before version 1.52, libuv takes a short read for the end if the peer has already closed
 * (libuv#2319, #4992, #4997). If the peer passed a descriptor with a message, a read is short although more bytes
 * follow. Node 20 and 22 have such a libuv.
 *
 * @internal
 */
import type * as net from "node:net"

const [major = 0, minor = 0] = (process.versions.uv ?? "").split(".").map(Number)
const hasFalseEnds = major === 1 && minor < 52

/** The part of Node's handle that reads. Other runtimes do not have it. */
interface Reading {
  readonly _handle?: { readonly readStart?: () => number } | null
}

/**
 * Continues to read after an end that comes right after bytes. If the end was false, the next bytes arrive. If the end
 * was true, it arrives again.
 */
export const checkEnds = (socket: net.Socket): void => {
  if (!hasFalseEnds) return
  const { push } = socket
  let checked = 0
  socket.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    const { _handle: handle } = socket as Reading
    if (chunk !== null || socket.bytesRead === checked || handle?.readStart === undefined) {
      return push.call(socket, chunk, encoding)
    }
    checked = socket.bytesRead
    handle.readStart()
    return true
  }
}
