/**
 * Accepting: connections that wait for `accept`, and what a listener reports.
 *
 * @internal
 */
export { type Acceptor, AcceptQueue, type QueueOptions, type Stats } from "./queue.ts"
export { spanned } from "./span.ts"
export { reporter } from "./starvation.ts"
