/**
 * Copies several small buffers into one, because copying a few KiB costs less than Node's work for one more buffer.
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
 * In bytes. Fewer bytes than this are copied into new memory, and not into the shared memory. Otherwise Node could keep
 * all `size` bytes of the shared memory for a few unsent bytes.
 */
const few = 8 * 1024

/**
 * The memory of the results of `gather` that have at least `few` bytes, until `keep` is called. The memory is not
 * filled with zeros, because only bytes that were copied into it are sent.
 */
let shared: Uint8Array | undefined

/**
 * Returns the buffers as one buffer, or unchanged if copying them is not worth it. The next call of `gather` may
 * overwrite the result, except after a call of `keep`.
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

/** Makes the next `gather` use new memory. Called if Node may not have sent all bytes of the last result yet. */
export const keep = (): void => {
  shared = undefined
}
