/**
 * The error of a value that is not a valid address. Public as part of `SocketError`.
 *
 * @internal
 */
import { messageOf, printable, TaggedError } from "../text/index.ts"

/**
 * A text, host, port or path is not valid. Nothing was opened, and no name was looked up.
 *
 * @since 0.1.0
 * @category errors
 */
export class AddressError extends TaggedError("AddressError")<{
  /**
   * Why the value is invalid:
   * - `InvalidPort`: the port is not a whole number from 0 to 65535.
   * - `InvalidHost`: the host is not a valid name.
   * - `InvalidIp`: the host is not a valid IP address, or its zone is not valid.
   * - `FamilyMismatch`: the address is not of the requested family.
   * - `EmptyHost`: the host is empty.
   * - `PathTooLong`: the path of a Unix socket has more than 107 bytes.
   * - `InvalidFormat`: the text or the path does not have the form of an address.
   */
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
  /** Tells a person what is wrong, and what to write instead. */
  readonly detail: string
}> {
  override get message(): string {
    return messageOf(() => `address ${printable(this.input)}: ${this.detail}`)
  }
}
