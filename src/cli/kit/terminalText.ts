/**
 * Bytes of a peer as text for a terminal, piece by piece: utf-8, with U+FFFD for what is none, and escaped as all text
 * is. `\r\n` is a line's end like `\n`, since most protocols of lines have it.
 */
import * as escape from "./escape.ts"

export class TerminalText {
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true })
  private held = ""

  /** Half a character, or half an end of a line, is held back until the next piece tells. */
  push(bytes: Uint8Array): string {
    const text = this.held + this.decoder.decode(bytes, { stream: true })
    this.held = text.endsWith("\r") ? "\r" : ""
    return escaped(text.slice(0, text.length - this.held.length))
  }

  /** What was held back. */
  end(): string {
    const text = this.held + this.decoder.decode()
    this.held = ""
    return escaped(text)
  }
}

const escaped = (text: string): string => escape.text(text.replaceAll("\r\n", "\n"))
