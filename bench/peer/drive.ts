/** The client that drives a server, as `c/drive.c` does: `drive MODE PORT ARGS`. */
import { once } from "node:events"
import * as net from "node:net"
import { performance } from "node:perf_hooks"
import { fourth, host, limit, mode, first as port, say, second, third } from "./lines.ts"

const connect = async () => {
  const socket = net.connect({ host, port, noDelay: true, autoSelectFamily: false })
  await once(socket, "connect")
  return socket
}

/** Sends a message, waits for its echo, and repeats, `times` times. Reports the time of each. */
const converse = (socket: net.Socket, size: number, times: number, took: (milliseconds: number) => void) =>
  new Promise<void>((resolve, reject) => {
    const frame = Buffer.alloc(size, "x")
    let left = times
    let got = 0
    let began = performance.now()
    const onData = (chunk: Buffer) => {
      got += chunk.length
      if (got < size) return
      took(performance.now() - began)
      got = 0
      left -= 1
      if (left === 0) {
        socket.off("data", onData).off("close", reject)
        resolve()
      } else {
        began = performance.now()
        socket.write(frame)
      }
    }
    socket.on("data", onData).on("close", reject)
    socket.write(frame)
  })

const echo = async (connections: number, size: number, messages: number) => {
  const sockets: Array<net.Socket> = []
  for (let i = 0; i < connections; i++) sockets.push(await connect())
  await Promise.all(sockets.map(socket => converse(socket, size, 1, () => {})))
  const latencies: Array<number> = []
  const began = performance.now()
  const each = Math.ceil(messages / connections)
  await Promise.all(sockets.map(socket => converse(socket, size, each, took => latencies.push(took))))
  const wall = Math.round((performance.now() - began) * 1e6)
  const total = (sum: number, socket: net.Socket) => sum + socket.bytesRead
  const received = sockets.reduce(total, 0)
  latencies.sort((a, b) => a - b)
  const at = (quantile: number) => (latencies[Math.floor(quantile * (latencies.length - 1))] ?? Number.NaN) * 1000
  for (const socket of sockets) socket.end()
  say({
    done: { wall, sent: received, received, messages: latencies.length, p50: at(0.5), p99: at(0.99), p999: at(0.999) }
  })
}

const idle = async (first: number, all: number) => {
  const ended: Array<Promise<unknown>> = []
  for (let i = 0; i < all; i++) {
    if (i === first) await once(process.stdin, "data")
    const socket = (await connect()).resume()
    ended.push(new Promise(resolve => socket.on("error", () => {}).on("close", resolve)))
  }
  await Promise.all(ended)
  say({ done: { sent: 0, received: 0, messages: all } })
}

limit()
await (mode === "echo" ? echo(second, third, fourth) : idle(second, third))
process.exit()
