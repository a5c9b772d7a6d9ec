/**
 * The stream of ciphertext that Node's TLS reads from and writes to. It has only the members of a Duplex that Node
 * calls, because a real Duplex would cost a buffer and several calls for each chunk.
 *
 * @internal
 */
import { EventEmitter } from "node:events"
import type { Duplex } from "node:stream"

export type Written = (error?: { readonly code?: string | undefined } | null) => void

/** Takes the ciphertext. */
export interface CiphertextSink {
  /** Sends the buffers, then calls `done`. */
  sendCiphertext(buffers: ReadonlyArray<Uint8Array>, done: Written): void
  /** Node's TLS has written everything, and close_notify last. */
  endCiphertext(): void
}

export class Ciphertext extends EventEmitter {
  readonly allowHalfOpen = true
  readonly readable = true
  readonly writable = true
  readonly readableObjectMode = false
  private readonly sink: CiphertextSink
  private buffers: Array<Uint8Array> = []
  private written: Array<Written> = []

  constructor(sink: CiphertextSink) {
    super()
    this.sink = sink
  }

  /** The cast is safe because Node calls no other members. */
  get asDuplex(): Duplex {
    return this as unknown as Duplex
  }

  /** Gives ciphertext to Node's TLS, which reads it in this call. */
  receive({ buffer, byteLength, byteOffset }: Uint8Array): void {
    this.emit("data", Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength))
  }

  pause(): this {
    return this
  }

  resume(): this {
    return this
  }

  cork(): void {}

  write(bytes: Uint8Array, written: Written): boolean {
    this.buffers.push(bytes)
    this.written.push(written)
    return true
  }

  uncork(): void {
    const { buffers, written } = this
    this.buffers = []
    this.written = []
    this.sink.sendCiphertext(buffers, error => {
      for (const done of written) done(error)
    })
  }

  /**
   * Calls `done` at once: until then, Node must not write, and an assertion would end the process if the peer made TLS
   * answer.
   */
  end(done: () => void): void {
    this.sink.endCiphertext()
    done()
  }

  destroy(): void {
    this.emit("close")
  }
}
