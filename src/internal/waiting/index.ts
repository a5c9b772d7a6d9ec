/**
 * Waiting for a socket: the timeouts, the timers that watch them, and fibers that wait in turn.
 *
 * @internal
 */
export { Throughput } from "./throughput.ts"
export { type DecodedTimeouts, decodeTimeouts, SocketTimeouts, type Timeouts } from "./timeouts.ts"
export { Waiters } from "./waiters.ts"
export { type AnyFiber, Watchdog, type Watched } from "./watchdog.ts"
