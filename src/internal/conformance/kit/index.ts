/**
 * Exports the helpers of the chapters: pairs of connected sockets, assertions, interruption of a fiber at every step,
 * and the description of a transport under test.
 *
 * @internal
 */
export {
  characters,
  concat,
  cut,
  everySplit,
  frame,
  frameIds,
  isPlain,
  pattern,
  Random,
  textOf,
  utf8,
  Viewing
} from "./bytes.ts"
export { check, equal, failed, fails, PropertyTimeout, prefixOf, sameBytes, soon, succeeded, within } from "./expect.ts"
export { interruptEverywhere, interruptSometime } from "./interrupting.ts"
export { leavingNothing } from "./leaks.ts"
export { names } from "./names.ts"
export {
  arrived,
  clog,
  eitherScope,
  eitherWay,
  forkParked,
  isDone,
  isInterrupted,
  type Pair,
  pair,
  queued,
  receive,
  receiveAll,
  roundTrip,
  scoped,
  sendApart,
  still,
  turns,
  until
} from "./pairs.ts"
export { fourBytes, receivers } from "./receivers.ts"
export {
  type Capability,
  type Chapter,
  type Names,
  type Open,
  type Property,
  type Statement,
  type TransportUnderTest,
  withDefaults
} from "./statement.ts"
export { lineEnd, randomLines, takers } from "./takers.ts"
export { dribble, lasts, timesOut } from "./timing.ts"
