/** The peer that serves over TLS: `tlsPeer MODE ARGS`. It counts bytes before encryption and after decryption. */
import { once } from "node:events"
import type * as net from "node:net"
import * as tls from "node:tls"
import { pem } from "../contenders/pem.ts"
import { first, host, limit, mode, say, second } from "./lines.ts"

const memory = Buffer.alloc(64 * 1024, "x")

const done = (sent: number, received: number, messages: number) => {
  say({ done: { sent, received, messages } })
  process.exit()
}

const counted = (socket: tls.TLSSocket) => {
  const count = { received: 0 }
  socket.on("data", chunk => {
    count.received += chunk.length
  })
  return count
}

const send = (socket: tls.TLSSocket) => {
  let sent = 0
  const write = () => {
    while (sent < first) {
      const size = Math.min(second, first - sent)
      sent += size
      if (!socket.write(memory.subarray(0, size))) {
        socket.once("drain", write)
        return
      }
    }
    socket.end()
  }
  write()
  socket.resume().on("close", () => done(sent - socket.writableLength, 0, 0))
}

const receive = (socket: tls.TLSSocket) => {
  const count = counted(socket)
  socket.on("end", () => socket.end(() => done(0, count.received, 0)))
}

const echo = (socket: tls.TLSSocket) => {
  const count = counted(socket)
  socket.on("data", chunk => void socket.write(chunk))
  socket.on("end", () => socket.end(() => done(count.received, count.received, count.received / first)))
}

const greet = (socket: tls.TLSSocket, greeted: number) => {
  // If a server of Node ends a connection in the event of its handshake, it sends no close_notify.
  setImmediate(() => socket.resume().end("Connection Established"))
  if (greeted === first) socket.on("close", () => done(22 * greeted, 0, greeted))
}

const modes: Readonly<Record<string, (socket: tls.TLSSocket, greeted: number) => void>> = { send, receive, echo, greet }

limit()
let connections = 0
const options = { cert: pem("certificate"), key: pem("key"), allowHalfOpen: true, noDelay: true }
const server = tls.createServer(options, socket => {
  socket.on("error", () => {})
  modes[mode]?.(socket, ++connections)
})
await once(server.listen({ host, port: 0, backlog: 4096 }), "listening")
say({ listening: (server.address() as net.AddressInfo).port })
