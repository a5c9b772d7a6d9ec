/**
 * Checks options when they are passed.
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
