/**
 * Copies several small buffers into one. Copying a few KiB costs less than Node's work for one more buffer.
 * See docs/DECISIONS.md#sends-are-not-packed-behind-the-caller.
 *
 * @internal
 */
import { type Buffers, bytesIn } from "../send/index.ts"

/** At most this many bytes are copied together. */
const size = 64 * 1024

/** Buffers are copied only if they have at most this many bytes on average. */
const small = 4 * 1024

/**
 * If there are fewer bytes than this, they are copied into their own memory. If Node kept them in the shared memory, it
 * would keep all `size` bytes.
 */
const few = 8 * 1024

/** Used for each `gather` until `keep` is called. Not initialized, because only bytes that were copied in are sent. */
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

/** Makes the next `gather` use new memory. Called while Node still has unsent bytes of the last result. */
export const keep = (): void => {
  shared = undefined
}
