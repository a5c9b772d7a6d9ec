/**
 * Exports the time of a simulation: scheduled callbacks, the clock that a program sees, and programs that can be
 * killed.
 *
 * @internal
 */
export type { Cancel } from "./agenda.ts"
export { Chance } from "./chance.ts"
export { ClockTimer } from "./clockTimer.ts"
export { spend, turn } from "./eventLoop.ts"
export { processes } from "./process.ts"
export { Timeline } from "./timeline.ts"
export { VirtualTime } from "./virtualTime.ts"
