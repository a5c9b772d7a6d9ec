/**
 * Sending: the buffers that were given, in the order in which they go out.
 *
 * @internal
 */
export { type Buffers, bytesIn } from "./buffers.ts"
export type { SendObserver } from "./entry.ts"
export { type SendHost, SendQueue } from "./queue.ts"
