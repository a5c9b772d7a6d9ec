/** The memory of this process: how much it grows while something goes on, and what a connection costs that does nothing. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Connections } from "./connections.ts"
import type { Job, Meter, Work } from "./loop.ts"

const rss = (): number => {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage.rss()
}

/** Watches from now on; the result stops it and gives the growth, in bytes. */
export const watchGrowth = (): (() => number) => {
  const start = rss()
  let highest = start
  const look = () => {
    highest = Math.max(highest, process.memoryUsage.rss())
  }
  const timer = setInterval(look, 10)
  return () => {
    clearInterval(timer)
    look()
    return highest - start
  }
}

/** The driver opens `messages` connections, waits until memory has been looked at, and goes on to `connections`. */
export const idle = async (connections: Connections, job: Job, meter: Meter): Promise<Work> => {
  await connections.whenAccepted(job.messages)
  await sleep(100)
  const before = rss()
  meter.seen()
  await connections.whenAccepted(job.connections)
  await sleep(100)
  const each = (rss() - before) / (job.connections - job.messages)
  return { received: 0, sent: 0, messages: connections.accepted, figures: { bytesEach: each } }
}
