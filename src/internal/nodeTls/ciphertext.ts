/**
 * The stream that Node's TLS reads ciphertext from and writes ciphertext to. It has only the members of a Duplex that
 * Node calls, because a real Duplex would cost a buffer and several calls for each chunk.
 *
 * @internal
 */
import { EventEmitter } from "node:events"
import type { Duplex } from "node:stream"

export type Written = (error?: { readonly code?: string | undefined } | null) => void

/** Sends the ciphertext that Node's TLS writes. */
export interface CiphertextSink {
  /** Sends the buffers, then calls `done`. */
  sendCiphertext(buffers: ReadonlyArray<Uint8Array>, done: Written): void
  /** Called after Node's TLS has written its last ciphertext, which ends with close_notify. */
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

  /** This object as a Duplex. The cast is safe because Node calls only the members that this class has. */
  get asDuplex(): Duplex {
    return this as unknown as Duplex
  }

  /** Passes received ciphertext to Node's TLS, which reads all of it before this call returns. */
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
   * Calls `done` at once. Between `end` and `done`, Node must not write. If the peer made Node's TLS answer in this
   * time, an assertion in Node would end the process.
   */
  end(done: () => void): void {
    this.sink.endCiphertext()
    done()
  }

  destroy(): void {
    this.emit("close")
  }
}
