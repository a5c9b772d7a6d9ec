/**
 * Copies several small buffers into one. Copying some hundred bytes costs less than what Node does for each buffer.
 * See docs/DECISIONS.md#sends-are-not-packed-behind-the-caller.
 *
 * @internal
 */
import { type Buffers, bytesIn } from "../send/index.ts"

/** At most `size` bytes are copied together, and only if the buffers have at most `small` bytes on average. */
const size = 64 * 1024
const small = 4 * 1024

/**
 * Fewer than `few` bytes get memory of their own. If Node kept them in the shared memory, it would keep all of that.
 */
const few = 8 * 1024

/** Reused for every gather until Node keeps it. Not initialized: only bytes that were copied into it are sent. */
let shared: Uint8Array | undefined

/**
 * Returns the buffers as one buffer, or unchanged if copying them is not worth it. The result is valid until the next
 * call, or longer if `keep` is called.
 */
export const gather = (buffers: ReadonlyArray<Uint8Array>): Buffers => {
  const [only] = buffers
  if (only !== undefined && buffers.length === 1) return only
  const bytes = bytesIn(buffers)
  if (bytes > size || bytes > small * buffers.length) return buffers
  const memory = bytes < few ? Buffer.allocUnsafe(bytes) : sharedMemory().subarray(0, bytes)
  let at = 0
  for (const buffer of buffers) {
    memory.set(buffer, at)
    at += buffer.length
  }
  return memory
}

const sharedMemory = (): Uint8Array => {
  shared ??= Buffer.allocUnsafeSlow(size)
  return shared
}

/** Gives the memory of the last result to Node, because the system has not taken all of it yet. */
export const keep = (): void => {
  shared = undefined
}
