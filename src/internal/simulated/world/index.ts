/**
 * Exports the simulated world: its hosts, how they connect and listen, the faults, and netstat.
 *
 * @internal
 */
export { crash, type Running, restart, runOn } from "./crash.ts"
export { driverOf } from "./driver.ts"
export {
  type Between,
  bandwidth,
  corrupt,
  descriptors,
  type End,
  failNext,
  fragment,
  halfOpen,
  hang,
  hold,
  latency,
  loss,
  partition,
  refuse,
  reset,
  rule,
  slowNames
} from "./faults.ts"
export { type Connection, formatNetstat, netstatOf } from "./netstat.ts"
export {
  type CheckOptions,
  type HostOptions,
  latencyOf,
  type Options,
  type RunOptions,
  type WorldSettings,
  worldSettings
} from "./options.ts"
export { insideOf, TypeId, World } from "./world.ts"
