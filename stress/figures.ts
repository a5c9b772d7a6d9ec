/** The memory and the descriptors of this process. */
import * as fs from "node:fs"

/** Runs the garbage collector twice, if `--expose-gc` is set. Buffers are freed only by the second run. */
export const collect = (): void => {
  globalThis.gc?.()
  globalThis.gc?.()
}

/** Memory in bytes. `memory` is the heap plus the memory outside it, which is mostly buffers. */
export const memory = () => {
  const { external, heapUsed, rss } = process.memoryUsage()
  return { memory: heapUsed + external, heapUsed, external, rss }
}

let last = 0

/**
 * Returns the number of open descriptors, without the one that lists them. If no descriptor is left for listing, returns
 * the last number seen. Without /proc, returns 0.
 */
export const descriptors = (): number => {
  try {
    last = fs.readdirSync("/proc/self/fd").length - 1
  } catch {
    // No descriptor is left, or there is no /proc.
  }
  return last
}
