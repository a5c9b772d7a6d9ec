/** `node:tls` as most programs use it, over a handle of Node. The process loads effect too. */
import "effect"
import { once } from "node:events"
import type * as net from "node:net"
import * as tls from "node:tls"
import { Connections } from "./connections.ts"
import { type Job, type Play, perform } from "./loop.ts"
import { idle } from "./memory.ts"
import { pem, serverName } from "./pem.ts"

const host = "127.0.0.1"

const trusting = () => tls.createSecureContext({ ca: pem("ca") })

const connect = (job: Job, secureContext: tls.SecureContext) =>
  tls.connect({ host, port: job.port, servername: serverName, secureContext }).setNoDelay()

const secured = async (job: Job) => {
  const socket = connect(job, trusting())
  await once(socket, "secureConnect")
  return socket
}

const download: Play = async (job, meter) => {
  const socket = await secured(job)
  meter.begin()
  return new Promise(resolve => {
    let received = 0
    socket.on("data", chunk => {
      received += chunk.length
      if (received < job.bytes) return
      socket.destroy()
      resolve({ received, sent: 0 })
    })
  })
}

const memory = Buffer.alloc(64 * 1024, "x")

const send: Play = async (job, meter) => {
  const socket = (await secured(job)).resume()
  meter.begin()
  const piece = memory.subarray(0, job.size)
  let sent = 0
  const write = () => {
    while (sent < job.bytes) {
      sent += job.size
      if (!socket.write(piece)) {
        socket.once("drain", write)
        return
      }
    }
    socket.end()
  }
  write()
  await once(socket, "end")
  return { received: 0, sent, messages: sent / job.size }
}

const pingpong: Play = async (job, meter) => {
  const socket = await secured(job)
  meter.begin()
  const piece = memory.subarray(0, job.size)
  return new Promise(resolve => {
    let received = 0
    let trips = 1
    socket.on("data", chunk => {
      received += chunk.length
      if (received < trips * job.size) return
      if (trips < job.messages) {
        trips += 1
        socket.write(piece)
      } else {
        socket.end()
        resolve({ received, sent: received, messages: trips })
      }
    })
    socket.write(piece)
  })
}

const connecting: Play = async (job, meter) => {
  const context = trusting()
  meter.begin()
  let received = 0
  for (let i = 0; i < job.messages; i++) {
    const socket = connect(job, context).on("data", chunk => {
      received += chunk.length
    })
    await once(socket, "close")
  }
  return { received, sent: 0, messages: received / 22 }
}

const idling: Play = async (job, meter) => {
  const connections = new Connections(job, meter)
  const sockets = new Set<tls.TLSSocket>()
  const server = tls.createServer({ cert: pem("certificate"), key: pem("key"), noDelay: true }, socket => {
    sockets.add(socket)
    socket.on("data", () => {}).on("error", () => {})
    connections.accept()
  })
  await once(server.listen({ host, port: 0, backlog: 4096 }), "listening")
  meter.listening((server.address() as net.AddressInfo).port)
  const work = await idle(connections, job, meter)
  for (const socket of sockets) socket.destroy()
  server.close()
  return work
}

perform({
  tlsDownload: download,
  tlsSend: send,
  tlsPingpong: pingpong,
  tlsConnect: connecting,
  tlsIdle: idling
})
