/**
 * Exports servers. A server accepts connections and runs a handler for each one. When it drains, it stops accepting and
 * waits for its handlers.
 *
 * @internal
 */
export { type Connection, type Drained, type Service, start } from "./drain.ts"
export { accepted, bytesReceived, bytesSent, failed, open, type RefusedReason, refused } from "./metrics.ts"
export type { Handler, ListenerOf, RunOptions, ServeOptions } from "./options.ts"
export { Draining, settingsOf } from "./options.ts"
export type { Outcome, Reason } from "./outcome.ts"
export { serve } from "./serve.ts"
