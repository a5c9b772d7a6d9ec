/**
 * Checks options when they are passed.
 *
 * @internal
 */
export {
  byte,
  callback,
  checked,
  checkText,
  count,
  descriptor,
  duration,
  flag,
  group,
  millis,
  OptionError,
  oneOf,
  portNumber,
  probability,
  requiredCallback,
  requiredOneOf,
  scheduleOf,
  seedOf
} from "./option.ts"
