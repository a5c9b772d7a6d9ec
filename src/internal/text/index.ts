/**
 * Text and bytes: printing anything as one safe line, and what is valid in an encoding.
 *
 * @internal
 */
export { DecodeError, EncodeError } from "./codecError.ts"
export { oneLine, pluralBytes, printable } from "./print.ts"
export { firstInvalid, firstNotAscii, type Invalid, incompleteTail, substitute } from "./utf8.ts"
