/**
 * Text and bytes. Prints any value as one safe line, bounds the text of errors and causes, and finds bytes that are
 * invalid in an encoding.
 *
 * @internal
 */
export { shielded, shieldedCause } from "./cause.ts"
export { DecodeError, EncodeError } from "./codecError.ts"
export { plural } from "./plural.ts"
export { messageOf, oneLine, printable, reportOf } from "./print.ts"
export { TaggedError } from "./taggedError.ts"
export { firstInvalid, firstNotAscii, type Invalid, incompleteTail, substitute } from "./utf8.ts"
