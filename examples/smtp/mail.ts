/** A mail, and its text as SMTP sends it. */
import * as Data from "effect/Data"

export interface Mail {
  readonly from: string
  readonly to: ReadonlyArray<string>
  /** Headers, an empty line, and the body. */
  readonly text: string
}

/** The address is invalid and was not sent: a server could take text after a line end in it as another command. */
export class BadAddress extends Data.TaggedError("BadAddress")<{ readonly address: string }> {
  override get message() {
    return `invalid mail address: ${JSON.stringify(this.address)}`
  }
}

/** The first invalid address of a mail. */
export const badAddress = ({ from, to }: Mail) =>
  [from, ...to].find(address => !/^[!-;=?-~]+@[\w.[\]:-]+$/.test(address))

/** Ends each line with CRLF and doubles a dot at its beginning, because a line with only a dot ends the mail. */
export const dotted = (text: string) =>
  `${text
    .replace(/(?:\r\n|\r|\n)$/, "")
    .split(/\r\n|\r|\n/)
    .map(line => (line.startsWith(".") ? `.${line}` : line))
    .join("\r\n")}\r\n.\r\n`
