/**
 * Several small buffers as one: to copy some hundred bytes costs less than what Node does for each buffer that it is given.
 *
 * @internal
 */
import { type Buffers, bytesIn } from "../send/index.ts"

/** Up to so many bytes are copied together, if the buffers are no longer than `small` on average. */
const size = 64 * 1024
const small = 4 * 1024

/** Fewer bytes have memory of their own: whoever keeps them would keep all of the other. */
const few = 8 * 1024

/** Used again and again, until somebody keeps it. Not initialized: only what was copied into it is ever sent. */
let shared: Uint8Array | undefined

/** Good until it is called again, unless it is kept. What is not worth copying is given back as it is. */
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

/** The system has not taken all of it, so what was gathered last is Node's now. */
export const keep = (): void => {
  shared = undefined
}
