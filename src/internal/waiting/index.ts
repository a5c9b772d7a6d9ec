/**
 * Waiting: the timeouts of a socket, the watchdog that wakes when such a timeout passes, timeouts of other effects, and
 * lists of waiting fibers.
 *
 * @internal
 */
export { forever } from "./forever.ts"
export { type Hold, type Holding, HoldTypeId, holdIn, holdOf } from "./hold.ts"
export { isInterrupted } from "./interrupted.ts"
export { monotonic, monotonicOf } from "./monotonic.ts"
export { Throughput } from "./throughput.ts"
export { type DecodedTimeouts, decodeTimeouts, SocketTimeouts, type Timeouts } from "./timeouts.ts"
export { afterTurn, alarm, liveClock, sleep, timeoutOption } from "./turn.ts"
export { Waiters } from "./waiters.ts"
export { type AnyFiber, Watchdog, type Watched } from "./watchdog.ts"
