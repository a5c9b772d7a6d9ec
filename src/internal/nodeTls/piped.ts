/**
 * A carrier on any connection: Node's TLS reads ciphertext from a stream that this carrier fills, and writes ciphertext
 * to it.
 *
 * @internal
 */
import type { Duplex } from "node:stream"
import type * as tls from "node:tls"
import { bytesIn } from "../send/index.ts"
import type { Connection, Failure, Tap } from "../stream/index.ts"
import { Below, type Run } from "./below.ts"
import type { Above, Carrier } from "./carrier.ts"
import { Ciphertext, type CiphertextSink, type Written } from "./ciphertext.ts"
import type { Turns } from "./turns.ts"

export class Piped implements Carrier, Tap, CiphertextSink {
  readonly connection: Connection
  private readonly above: Above
  private readonly turns: Turns
  private readonly below: Below
  private readonly ciphertext: Ciphertext
  /** How many bytes of ciphertext the connection below has taken at once since `beginWrite`. */
  private taken = 0
  /** True while Node's TLS has a write in flight during the handshake. */
  private isWriting = false
  private onEnded: (() => void) | undefined

  constructor(connection: Connection, above: Above, turns: Turns, run: Run) {
    this.connection = connection
    this.above = above
    this.turns = turns
    this.below = new Below(connection, this, run)
    this.ciphertext = new Ciphertext(this)
  }

  get stream(): Duplex {
    return this.ciphertext.asDuplex
  }

  resume(): void {
    if (!this.isWriting || !this.above.isShaking) this.below.resume()
  }

  pause(): void {
    this.below.pause()
  }

  drop(): void {
    this.below.pause()
  }

  readsOn(): boolean {
    return true
  }

  isNotified(): boolean {
    // Node's TLS never learns that the connection below has ended.
    return true
  }

  beginWrite(): void {
    this.taken = 0
  }

  hasTaken(bytes: number): boolean {
    return this.taken >= bytes
  }

  end(socket: tls.TLSSocket, then: () => void): void {
    this.onEnded = then
    socket.end()
  }

  close(done: () => void): void {
    this.below.close(done)
  }

  abort(done: () => void): void {
    this.below.abort(done)
  }

  forget(): void {
    this.ciphertext.destroy()
  }

  // What the connection below reports.

  received(bytes: Uint8Array): void {
    this.turns.take()
    this.ciphertext.receive(bytes)
  }

  /**
   * Reports the end in the next turn of the event loop. If the last bytes have an error, Node reports the error after
   * this call, and the error must come before the end.
   */
  ended(): void {
    this.turns.take()
    setImmediate(() => this.above.endedBelow())
  }

  /** Reports the failure in the next turn of the event loop, as `ended` does. */
  failed(failure: Failure): void {
    this.turns.take()
    setImmediate(() => this.above.fail(failure))
  }

  // What Node's TLS writes.

  sendCiphertext(buffers: ReadonlyArray<Uint8Array>, done: Written): void {
    const bytes = bytesIn(buffers)
    if (this.above.isShaking) this.rest()
    const isTaken = this.below.send(buffers, failure => {
      this.turns.take()
      if (failure !== undefined) this.above.fail(failure)
      done(failure && { code: failure.code })
      if (this.isWriting) setImmediate(() => setImmediate(() => this.continue()))
    })
    if (isTaken) this.taken += bytes
  }

  endCiphertext(): void {
    this.below.end(() => this.onEnded?.())
  }

  /**
   * During the handshake, pauses reading while Node's TLS has a write in flight. If Node's TLS refused bytes in this
   * time, its alert would wait behind the write, and Node would drop the alert.
   */
  private rest(): void {
    this.isWriting = true
    this.below.pause()
  }

  /**
   * Continues reading after Node's TLS has finished its write. Node finishes a write one turn of the event loop after
   * the callback of the write, and Node 24 two turns after.
   */
  private continue(): void {
    this.isWriting = false
    if (this.above.isShaking) this.below.resume()
  }
}
