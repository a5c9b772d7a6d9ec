/**
 * Sending: the send queue, and the type of the bytes of a send.
 *
 * @internal
 */
export { type Buffers, bytesIn, isBytes } from "./buffers.ts"
export { Pieces, type SendObserver } from "./entry.ts"
export { type SendHost, SendQueue } from "./queue.ts"
