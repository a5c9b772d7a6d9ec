/**
 * What a send takes: one buffer, or several that go out as one write.
 *
 * @internal
 */

export type Buffers = Uint8Array | ReadonlyArray<Uint8Array>

export const bytesIn = (buffers: Buffers): number =>
  buffers instanceof Uint8Array ? buffers.length : buffers.reduce((sum, buffer) => sum + buffer.length, 0)
