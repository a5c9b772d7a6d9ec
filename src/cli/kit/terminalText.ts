/**
 * Decodes bytes of a peer as text for a terminal, piece by piece. The encoding is utf-8, and invalid bytes become
 * U+FFFD. The text is escaped. `\r\n` becomes `\n`, because most line protocols end their lines with `\r\n`.
 */
import * as escape from "./escape.ts"

export class TerminalText {
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true })
  private held = ""

  /**
   * Decodes a piece of the bytes. If the piece ends with an incomplete character or with `\r`, that part is held back
   * until the next piece.
   */
  push(bytes: Uint8Array): string {
    const text = this.held + this.decoder.decode(bytes, { stream: true })
    this.held = text.endsWith("\r") ? "\r" : ""
    return escaped(text.slice(0, text.length - this.held.length))
  }

  /** Returns the text that was held back. Call it after the last piece. */
  end(): string {
    const text = this.held + this.decoder.decode()
    this.held = ""
    return escaped(text)
  }
}

const escaped = (text: string): string => escape.text(text.replaceAll("\r\n", "\n"))
