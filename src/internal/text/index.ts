/**
 * Text and bytes: prints any value as one safe line, and finds bytes that are invalid in an encoding.
 *
 * @internal
 */
export { DecodeError, EncodeError } from "./codecError.ts"
export { oneLine, pluralBytes, printable } from "./print.ts"
export { firstInvalid, firstNotAscii, type Invalid, incompleteTail, substitute } from "./utf8.ts"
