/**
 * Checks options where they are given.
 *
 * @internal
 */
export {
  checked,
  checkText,
  count,
  duration,
  flag,
  millis,
  OptionError,
  oneOf,
  probability,
  requiredOneOf,
  seedOf
} from "./option.ts"
