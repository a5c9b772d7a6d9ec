/**
 * Accepting: the accept queue of a listener, the spans of `accept` and `connect`, and a log message for lost
 * connections.
 *
 * @internal
 */
export { type Acceptor, AcceptQueue, type QueueOptions, type Stats } from "./queue.ts"
export { spanned } from "./span.ts"
export { reporter } from "./starvation.ts"
