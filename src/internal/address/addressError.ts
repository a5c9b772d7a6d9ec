/**
 * The error of a value that is not a valid address. Public as part of `SocketError`.
 *
 * @internal
 */
import { messageOf, printable, TaggedError } from "../text/index.ts"

/**
 * A text, host, port or path is not valid. Nothing has been opened or looked up.
 *
 * @since 0.1.0
 * @category errors
 */
export class AddressError extends TaggedError("AddressError")<{
  readonly reason:
    | "InvalidPort"
    | "InvalidHost"
    | "InvalidIp"
    | "FamilyMismatch"
    | "EmptyHost"
    | "PathTooLong"
    | "InvalidFormat"
  /** The invalid value, unchanged. */
  readonly input: unknown
  /** What is wrong with the value, and what to write instead. */
  readonly detail: string
}> {
  override get message(): string {
    return messageOf(() => `address ${printable(this.input)}: ${this.detail}`)
  }
}
