/**
 * The peer that serves, as `c/peer.c` does: `peer MODE ARGS`. It cannot see the bytes in the kernel, so it does not report
 * how far it was held back.
 */
import type * as net from "node:net"
import { first, limit, listen, mode, say, second } from "./lines.ts"

const memory = Buffer.alloc(1024 * 1024, "x")

const done = (sent: number, received: number, messages: number) => {
  say({ done: { sent, received, messages } })
  process.exit()
}

const send = (socket: net.Socket, bytes: number, chunk: number, message: number) => {
  let sent = 0
  const write = () => {
    while (sent < bytes) {
      const size = Math.min(chunk, bytes - sent)
      sent += size
      if (!socket.write(memory.subarray(0, size))) {
        socket.once("drain", write)
        return
      }
    }
    socket.end()
  }
  write()
  socket.resume().on("close", () => done(sent - socket.writableLength, 0, sent / message))
}

const fillLines = (size: number) => {
  for (let at = size - 1; at < memory.length; at += size) memory[at] = 0x0a
}

const fillLengths = (size: number) => {
  for (let at = 0; at + size <= memory.length; at += size) memory.writeUInt32BE(size - 4, at)
}

const receive = (socket: net.Socket) => {
  socket.resume().on("end", () => socket.end(() => done(0, socket.bytesRead, 0)))
}

const echo = (socket: net.Socket, size: number) => {
  socket.on("data", chunk => void socket.write(chunk))
  socket.on("end", () => socket.end(() => done(socket.bytesWritten, socket.bytesRead, socket.bytesRead / size)))
}

const modes: Readonly<Record<string, (socket: net.Socket, greeted: number) => void>> = {
  send: socket => send(socket, first, second, second),
  lines: socket => {
    fillLines(second)
    send(socket, first, 65536, second)
  },
  lengths: socket => {
    fillLengths(second)
    send(socket, first, 65536, second)
  },
  receive,
  echo: socket => echo(socket, first),
  greet: (socket, greeted) => {
    socket.resume().end("Connection Established")
    if (greeted === first) socket.on("close", () => done(22 * greeted, 0, greeted))
  },
  blast: socket => send(socket, first, 65536, 65536)
}

limit()
let connections = 0
await listen(socket => modes[mode]?.(socket, ++connections))
