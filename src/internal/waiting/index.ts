/**
 * Waiting for a socket: its timeouts, the watchdog that sleeps until they pass, other timeouts, and fibers that wait for
 * an event.
 *
 * @internal
 */
export { isInterrupted } from "./interrupted.ts"
export { monotonic, monotonicOf } from "./monotonic.ts"
export { Throughput } from "./throughput.ts"
export { type DecodedTimeouts, decodeTimeouts, SocketTimeouts, type Timeouts } from "./timeouts.ts"
export { afterTurn, liveClock, sleep, timeoutOption } from "./turn.ts"
export { Waiters } from "./waiters.ts"
export { type AnyFiber, Watchdog, type Watched } from "./watchdog.ts"
