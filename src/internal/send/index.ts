/**
 * Sending: the send queue, and the buffers that a send takes.
 *
 * @internal
 */
export { type Buffers, bytesIn } from "./buffers.ts"
export type { SendObserver } from "./entry.ts"
export { type SendHost, SendQueue } from "./queue.ts"
