/**
 * Decodes bytes of a peer as text for a terminal, piece by piece. The encoding is utf-8, with U+FFFD for invalid bytes,
 * and the text is escaped. `\r\n` becomes `\n`, because most line protocols end lines with it.
 */
import * as escape from "./escape.ts"

export class TerminalText {
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true })
  private held = ""

  /** Decodes a piece. An incomplete character, or a `\r` at the end, is held back until the next piece. */
  push(bytes: Uint8Array): string {
    const text = this.held + this.decoder.decode(bytes, { stream: true })
    this.held = text.endsWith("\r") ? "\r" : ""
    return escaped(text.slice(0, text.length - this.held.length))
  }

  /** Returns what was held back. */
  end(): string {
    const text = this.held + this.decoder.decode()
    this.held = ""
    return escaped(text)
  }
}

const escaped = (text: string): string => escape.text(text.replaceAll("\r\n", "\n"))
