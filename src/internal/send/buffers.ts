/**
 * The bytes of a send.
 *
 * @internal
 */

/** One buffer, or several buffers that are sent as one write. */
export type Buffers = Uint8Array | ReadonlyArray<Uint8Array>

/** Returns the total number of bytes. */
export const bytesIn = (buffers: Buffers): number =>
  buffers instanceof Uint8Array ? buffers.length : buffers.reduce((sum, buffer) => sum + buffer.length, 0)
