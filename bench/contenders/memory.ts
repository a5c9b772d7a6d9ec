/** Measures the memory of this process: its growth during some work, and the cost of an idle connection. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Connections } from "./connections.ts"
import type { Job, Meter, Work } from "./loop.ts"

const rss = (): number => {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage.rss()
}

/** Starts to watch the memory. The returned function stops watching and returns the largest growth, in bytes. */
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

/**
 * Measures the bytes of an idle connection. The driver opens `messages` connections, waits until the memory has been
 * measured, and opens more until there are `connections`.
 */
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
