/**
 * `node:net` as most programs use it: `data` events, and `write` until it returns false, then `drain`. The process loads
 * effect too.
 */
import "effect"
import { once } from "node:events"
import * as net from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { Connections } from "./connections.ts"
import { type Job, type Meter, type Play, perform, type Work } from "./loop.ts"
import { idle, watchGrowth } from "./memory.ts"

const host = "127.0.0.1"
const connect = (job: Job) => net.connect({ host, port: job.port, noDelay: true, autoSelectFamily: false })

const download: Play = job =>
  new Promise(resolve => {
    let received = 0
    const socket = connect(job).on("data", chunk => {
      received += chunk.length
      if (received >= job.bytes) {
        socket.destroy()
        resolve({ received, sent: 0 })
      }
    })
  })

/** A parser of lines as written by hand: splits each text, and keeps the last part until the rest of its line comes. */
const lines: Play = job =>
  new Promise(resolve => {
    let rest = ""
    let length = 0
    let messages = 0
    connect(job)
      .setEncoding("utf8")
      .on("data", (text: string) => {
        const parts = (rest + text).split("\n")
        rest = parts.pop() ?? ""
        for (const line of parts) {
          length += line.length + 1
          messages += 1
        }
      })
      .on("close", () => resolve({ received: length, sent: 0, messages }))
  })

/** A parser of length-prefixed messages as written by hand. It returns views and no copies. */
const lengths: Play = job =>
  new Promise(resolve => {
    let rest: Buffer | undefined
    let length = 0
    let messages = 0
    connect(job)
      .on("data", (chunk: Buffer) => {
        const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk])
        let at = 0
        while (bytes.length - at >= 4) {
          const end = at + 4 + bytes.readUInt32BE(at)
          if (end > bytes.length) break
          const message = bytes.subarray(at + 4, end)
          length += 4 + message.length
          messages += 1
          at = end
        }
        rest = at < bytes.length ? bytes.subarray(at) : undefined
      })
      .on("close", () => resolve({ received: length, sent: 0, messages }))
  })

/** Uploads `job.bytes`. `step` writes once and returns false if the socket has no room for more. */
const upload =
  (step: (socket: net.Socket, job: Job) => boolean, bytesOfStep: (job: Job) => number): Play =>
  async job => {
    const socket = connect(job).resume()
    await once(socket, "connect")
    let sent = 0
    const write = () => {
      while (sent < job.bytes) {
        sent += bytesOfStep(job)
        if (!step(socket, job)) {
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

const memory = Buffer.alloc(1024 * 1024, "x")
const piece = (size: number) => memory.subarray(0, size)

const one = (socket: net.Socket, job: Job) => socket.write(piece(job.size))

const corked = (socket: net.Socket, job: Job) => {
  let hasRoom = true
  socket.cork()
  for (let i = 0; i < job.messages; i++) hasRoom = one(socket, job)
  socket.uncork()
  return hasRoom
}

/** `job.messages` writers at once, each of which waits for its own write. */
const together: Play = async job => {
  const socket = connect(job).resume()
  await once(socket, "connect")
  const each = job.bytes / job.size / job.messages
  const write = () => new Promise<void>(resolve => void socket.write(piece(job.size), () => resolve()))
  const writer = async () => {
    for (let i = 0; i < each; i++) await write()
  }
  await Promise.all(Array.from({ length: job.messages }, writer))
  socket.end()
  await once(socket, "end")
  return { received: 0, sent: socket.bytesWritten, messages: socket.bytesWritten / job.size }
}

const pingpong: Play = job =>
  new Promise(resolve => {
    let received = 0
    const byte = piece(1)
    const socket = connect(job).on("data", chunk => {
      received += chunk.length
      if (received < job.messages) {
        socket.write(byte)
      } else {
        socket.destroy()
        resolve({ received, sent: received, messages: received })
      }
    })
    socket.write(byte)
  })

const greeted = (job: Job) =>
  new Promise<number>((resolve, reject) => {
    let received = 0
    connect(job)
      .on("data", chunk => {
        received += chunk.length
      })
      .on("error", reject)
      .on("close", () => resolve(received))
  })

const connecting: Play = async job => {
  let received = 0
  const lane = async () => {
    for (let i = 0; i < job.messages / job.connections; i++) {
      const bytes = await greeted(job)
      received += bytes
    }
  }
  await Promise.all(Array.from({ length: job.connections }, lane))
  return { received, sent: 0, messages: received / 22 }
}

/** Reads with the iterator, which pauses the socket. With `data` events the program would have to pause it. */
const slow: Play = async job => {
  const socket = connect(job).on("error", () => {})
  await once(socket, "connect")
  const growth = watchGrowth()
  let received = 0
  for await (const chunk of socket) {
    received += chunk.length
    await sleep(10)
    if (received >= job.bytes) {
      await sleep(400)
      break
    }
  }
  return { received, sent: 0, figures: { growth: growth() } }
}

const listen = async (meter: Meter, onConnection: (socket: net.Socket) => void) => {
  const server = net.createServer({ noDelay: true }, onConnection).listen({ host, port: 0, backlog: 4096 })
  await once(server, "listening")
  meter.listening((server.address() as net.AddressInfo).port)
  return server
}

const echo: Play = async (job, meter): Promise<Work> => {
  const connections = new Connections(job, meter)
  const server = await listen(meter, socket => {
    socket.on("data", chunk => {
      connections.receive(chunk.length)
      if (!socket.write(chunk)) {
        socket.pause()
        socket.once("drain", () => socket.resume())
      }
    })
    socket.on("close", () => connections.end())
  })
  await connections.whenEnded(job.connections)
  server.close()
  return connections.echoed
}

const idling: Play = async (job, meter) => {
  const connections = new Connections(job, meter)
  const sockets = new Set<net.Socket>()
  const server = await listen(meter, socket => {
    sockets.add(socket)
    socket.on("data", () => {})
    connections.accept()
  })
  const work = await idle(connections, job, meter)
  for (const socket of sockets) socket.destroy()
  server.close()
  return work
}

perform({
  download,
  views: download,
  lines,
  recvLine: lines,
  lengths,
  recvFrame: lengths,
  pingpong,
  send: upload(one, job => job.size),
  pack: upload(corked, job => job.size * job.messages),
  together,
  connect: connecting,
  echo,
  idle: idling,
  slow
})
