/** `node:readline` on a socket, with its event and with its iterator. The process loads effect too. */
import "effect"
import * as net from "node:net"
import { createInterface } from "node:readline"
import { type Job, type Play, perform } from "./loop.ts"

const open = ({ port }: Job) => {
  const input = net.connect({ host: "127.0.0.1", port, noDelay: true, autoSelectFamily: false })
  return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
}

const lines: Play = job =>
  new Promise(resolve => {
    let received = 0
    let messages = 0
    open(job)
      .on("line", line => {
        received += line.length + 1
        messages += 1
      })
      .on("close", () => resolve({ received, sent: 0, messages }))
  })

const recvLine: Play = async job => {
  let received = 0
  let messages = 0
  for await (const line of open(job)) {
    received += line.length + 1
    messages += 1
  }
  return { received, sent: 0, messages }
}

perform({ lines, recvLine })
