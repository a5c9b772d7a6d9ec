/** What a process uses. */
import * as fs from "node:fs"

/** Runs the collector twice, where `--expose-gc` allows it: buffers are only freed by the second run. */
export const collect = (): void => {
  globalThis.gc?.()
  globalThis.gc?.()
}

/** In bytes. `memory` is the heap and what is outside of it, buffers above all. */
export const memory = () => {
  const { external, heapUsed, rss } = process.memoryUsage()
  return { memory: heapUsed + external, heapUsed, external, rss }
}

let last = 0

/** Open descriptors, without the one that lists them. The last number seen, if none is left to list them with; 0 without /proc. */
export const descriptors = (): number => {
  try {
    last = fs.readdirSync("/proc/self/fd").length - 1
  } catch {
    // They have run out, or there is no /proc.
  }
  return last
}
