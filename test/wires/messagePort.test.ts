/** A `Socket` over a `MessagePort` passes the contract. It uses only public modules. */
import { MessageChannel, type MessagePort } from "node:worker_threads"
import type * as Socket from "../../src/Socket.ts"
import { contract } from "./contract.ts"
import type { End } from "./inProcess.ts"

/** In bytes: the most that may be in flight. A port has no backpressure, so the receiver acknowledges bytes. */
const window = 256 * 1024

/** In bytes: the longest message. A paused wire may push one more. */
const longest = 64 * 1024

type Message = Uint8Array | number | "end" | "reset"

const endOf = (port: MessagePort): End => ({
  close: () => port.close(),
  open: (localAddress, remoteAddress, feed): Socket.Wire => {
    let isPaused = true
    let onTheWay = 0
    let isFull = false
    let hasEnded = false
    const held: Array<Message> = []
    const deliver = () => {
      for (let message = held[0]; message !== undefined && !isPaused; message = held[0]) {
        held.shift()
        if (message === "end") feed.end()
        else if (typeof message === "object") {
          feed.push(message)
          port.postMessage(message.length)
        }
      }
    }
    const end = () => {
      if (!hasEnded) port.postMessage("end")
      hasEnded = true
    }
    port.on("close", () => feed.closed())
    port.on("message", (message: Message) => {
      if (message === "reset") {
        // Bytes that arrived before the reset can still be received.
        for (const one of held.splice(0)) if (typeof one === "object") feed.push(one)
        feed.fail({ code: "ECONNRESET" })
      } else if (typeof message === "number") {
        onTheWay -= message
        const isDrained = isFull && onTheWay < window
        isFull &&= onTheWay >= window
        if (isDrained) feed.drained()
      } else {
        held.push(message)
        deliver()
      }
    })
    return {
      localAddress,
      remoteAddress,
      resume: () => {
        isPaused = false
        deliver()
      },
      pause: () => {
        isPaused = true
      },
      write: buffers => {
        for (const buffer of [buffers].flat() as ReadonlyArray<Uint8Array>) {
          onTheWay += buffer.length
          for (let at = 0; at < buffer.length; at += longest)
            port.postMessage(Uint8Array.from(buffer.subarray(at, at + longest)))
        }
        isFull = onTheWay >= window
        return !isFull
      },
      end: () => {
        end()
        feed.finished()
      },
      close: () => {
        end()
        port.close()
      },
      destroy: reset => {
        if (reset) port.postMessage("reset")
        port.close()
      }
    }
  }
})

contract("MessagePort", () => {
  const { port1, port2 } = new MessageChannel()
  return [endOf(port1), endOf(port2)]
})
