/**
 * The error of texts that are no addresses. Public as part of `SocketError`.
 *
 * @internal
 */
import * as Data from "effect/Data"
import { printable } from "../text/index.ts"

/**
 * A text, a port or a host that cannot be an address. Nothing has been opened or looked up.
 *
 * @since 0.1.0
 * @category errors
 */
export class AddressError extends Data.TaggedError("AddressError")<{
  readonly reason:
    | "InvalidPort"
    | "InvalidHost"
    | "InvalidIp"
    | "FamilyMismatch"
    | "EmptyHost"
    | "PathTooLong"
    | "InvalidFormat"
  /** What was given, as it was given. */
  readonly input: unknown
  /** What a person should know: what is wrong with it, and what would do. */
  readonly detail: string
}> {
  override get message(): string {
    return `address ${printable(this.input)}: ${this.detail}`
  }
}
