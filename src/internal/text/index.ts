/**
 * Text and bytes: prints any value as one safe line, and finds bytes that are invalid in an encoding.
 *
 * @internal
 */
export { shielded, shieldedCause } from "./cause.ts"
export { DecodeError, EncodeError } from "./codecError.ts"
export { messageOf, oneLine, pluralBytes, printable, reportOf } from "./print.ts"
export { TaggedError } from "./taggedError.ts"
export { firstInvalid, firstNotAscii, type Invalid, incompleteTail, substitute } from "./utf8.ts"
