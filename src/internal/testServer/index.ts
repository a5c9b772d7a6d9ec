/**
 * Exports the test servers: the ready-made ones, such as echo or reset, the ones that play a script, and the records of
 * their connections.
 *
 * @internal
 */
export { type DepartureReason, ScriptDeparture } from "./departure.ts"
export {
  closesAtOnce,
  dribbles,
  echoes,
  floods,
  garbage,
  halfCloses,
  isSilent,
  readsSlowly,
  resets,
  resetsAfter,
  resetsMidFrame,
  sends,
  sendsWhileReceiving,
  truncates
} from "./parts.ts"
export type { Connection, Dropped } from "./recording.ts"
export { invalid, scripted, Verdict } from "./script.ts"
export { type Options, type Part, type Service, start } from "./server.ts"
export {
  bytesOf,
  close,
  expect,
  expectEnd,
  expectLine,
  expectReset,
  type LinePattern,
  reset,
  type Script,
  type Step,
  send,
  shutdownSend,
  wait
} from "./step.ts"
