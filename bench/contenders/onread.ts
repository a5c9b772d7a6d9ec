/** `node:net` with one reused buffer, the cheapest way to receive in Node. The process loads effect too. */
import "effect"
import * as net from "node:net"
import { type Play, perform } from "./loop.ts"

const connect = (port: number, callback: (bytes: number) => boolean) =>
  net.connect({
    host: "127.0.0.1",
    port,
    noDelay: true,
    autoSelectFamily: false,
    onread: { buffer: Buffer.allocUnsafeSlow(65536), callback }
  })

const download: Play = job =>
  new Promise(resolve => {
    let received = 0
    const socket = connect(job.port, bytes => {
      received += bytes
      if (received >= job.bytes) {
        socket.destroy()
        resolve({ received, sent: 0 })
      }
      return true
    })
  })

const pingpong: Play = job =>
  new Promise(resolve => {
    let received = 0
    const byte = Buffer.from("x")
    const socket = connect(job.port, bytes => {
      received += bytes
      if (received < job.messages) {
        socket.write(byte)
      } else {
        socket.destroy()
        resolve({ received, sent: received, messages: received })
      }
      return true
    })
    socket.write(byte)
  })

perform({ download, views: download, pingpong })
