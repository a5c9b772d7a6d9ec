/**
 * The wire of a TLS socket. Node's TLS encrypts and decrypts, and a carrier carries the ciphertext. If the carrier ends
 * without close_notify, the stream is truncated.
 *
 * @internal
 */
import type * as tls from "node:tls"
import type * as SocketAddress from "../../SocketAddress.ts"
import { gather } from "../node/index.ts"
import { owned } from "../receive/index.ts"
import { type Buffers, bytesIn, Pieces } from "../send/index.ts"
import type { Failure, Feed, FullWire } from "../stream/index.ts"
import type { CloseNotify } from "../tls/index.ts"
import type { Above, Carrier } from "./carrier.ts"
import { brokenBy, type NodeError } from "./errors.ts"
import type { Turns } from "./turns.ts"

/** In bytes: the header (5) and the authentication (16) of a record. Only the rare CCM_8 ciphers need less. */
const overhead = 21

/** The most bytes of plaintext in one record (RFC 8446, section 5.1). */
const recordLimit = 16 * 1024

/**
 * The most bytes that are encrypted at once. Node's TLS keeps the whole ciphertext of a write until the connection
 * below has taken it. So a longer write is encrypted in pieces. The next piece is encrypted when the connection below
 * has taken the previous one.
 */
const pieceBytes = 512 * 1024

/** The most bytes that are copied while Node's TLS has a write in flight. */
const mostCopied = 64 * 1024

/** The wire calls these members during the handshake. */
export interface Handshake {
  /** Node has made the socket of the handshake. */
  adopted(socket: tls.TLSSocket): void
  /** Node has accepted the handshake. Returns a function that ends the handshake. */
  secure(socket: tls.TLSSocket): () => void
  failed(failure: Failure): void
}

export class TlsWire implements FullWire, Above {
  readonly localAddress: SocketAddress.Resolved
  readonly remoteAddress: SocketAddress.Resolved
  readonly carrier: Carrier
  private readonly turns: Turns
  private readonly closeNotify: CloseNotify | undefined
  private handshake: Handshake | undefined
  private socket: tls.TLSSocket | undefined
  private feed: Feed | undefined
  /** `Closing`: received bytes are dropped. */
  private state: "Open" | "Failed" | "Closing" | "Gone" = "Open"
  /** The peer has sent close_notify, or has ended without it and `closeNotify` is `optional`. */
  private sawEnd = false
  /** A failure between the end of the handshake and `attach`. `resume` reports it. */
  private cut: Failure | undefined
  /**
   * Set at a TLS 1.3 client with an identity, until bytes of the program arrive. If the connection ends in this time,
   * the server has probably refused our certificate.
   */
  mayBeRejected = false

  /** How many writes Node's TLS has in flight. */
  private inFlight = 0
  /** How many bytes of the writes in flight have been copied. */
  private copied = 0
  /** The write that waits until Node's TLS has no write in flight. */
  private next: Buffers | undefined
  /** The write of more than `pieceBytes` bytes that is being encrypted. */
  private pieces: Pieces | undefined
  /** True while the socket above waits for this wire to call `drained`. */
  private owesDrained = false
  private unsent = 0
  private isStarted = false
  /** Our half. `Ending`: close_notify may still wait for the connection below. */
  private half: "Open" | "Ending" | "Ended" = "Open"
  /** What to call when `half` is `Ended`. */
  private readonly onEnded: Array<() => void> = []

  constructor(
    carrier: (above: Above) => Carrier,
    turns: Turns,
    closeNotify: CloseNotify | undefined,
    handshake: Handshake
  ) {
    this.carrier = carrier(this)
    this.turns = turns
    this.closeNotify = closeNotify
    this.handshake = handshake
    this.localAddress = this.carrier.connection.localAddress
    this.remoteAddress = this.carrier.connection.remoteAddress
  }

  // The handshake.

  /**
   * Starts to use the socket that Node's TLS has made. The error listener is never removed, because a late error
   * without a listener would end the process.
   */
  adopt(socket: tls.TLSSocket): void {
    if (this.socket !== undefined) return
    this.socket = socket
    this.handshake?.adopted(socket)
    socket.allowHalfOpen = true
    socket.on("error", (error: NodeError) => this.onError(error))
    const pushed = socket.push
    socket.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
      if (chunk === null) {
        if (this.carrier.isNotified(socket)) this.onEnd()
        return true
      }
      if (this.feed === undefined) return pushed.call(socket, chunk, encoding)
      this.deliver(chunk)
      return this.carrier.readsOn(socket)
    }
  }

  onSecure(socket: tls.TLSSocket): void {
    this.adopt(socket)
    const { handshake } = this
    this.handshake = undefined
    // A server of Node writes its session tickets after this call. In the next turn of the event loop, Node reports
    // that they were taken. A write before this report would have to wait, so the handshake ends after the report.
    this.turns.take()
    const done = handshake?.secure(socket)
    if (done !== undefined) setImmediate(() => setImmediate(done))
  }

  onError(error: NodeError): void {
    this.turns.take()
    this.fail(brokenBy(error))
  }

  /** The handshake is over. From now on, the wire reports to `feed`. */
  attach(feed: Feed): this {
    this.feed = feed
    return this
  }

  // What the carrier reports.

  get isShaking(): boolean {
    return this.feed === undefined && this.state === "Open"
  }

  endedBelow(): void {
    if (this.sawEnd || this.state !== "Open") return
    if (this.handshake !== undefined) {
      this.fail({ code: "TLS_ENDED" })
    } else if (this.closeNotify === "optional") {
      this.onEnd()
    } else {
      this.fail({ reason: this.mayBeRejected ? "Rejected" : "Truncated" })
    }
  }

  fail(failure: Failure): void {
    const { handshake, state } = this
    // A failure also counts during `Closing`: the close may wait for a send in flight, which can no longer succeed.
    if (state !== "Open" && state !== "Closing") return
    this.state = "Failed"
    if (handshake !== undefined) {
      this.handshake = undefined
      handshake.failed(failure)
    } else if (this.feed === undefined) {
      this.cut = failure
    } else {
      this.feed.fail(failure)
    }
  }

  // What Node's TLS does.

  private onEnd(): void {
    if (this.handshake !== undefined) {
      this.fail({ code: "TLS_ENDED" })
      return
    }
    this.sawEnd = true
    this.feed?.end()
  }

  private deliver(chunk: Buffer): void {
    this.mayBeRejected = false
    if (this.state === "Open") this.feed?.push(owned(chunk))
  }

  // What the socket above calls.

  resume(): void {
    const { cut, feed, socket } = this
    if (feed !== undefined && socket !== undefined && !this.isStarted) {
      this.isStarted = true
      // Bytes that Node's TLS decrypted between the end of the handshake and `attach`.
      for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) this.deliver(chunk)
      if (this.sawEnd) feed.end()
      if (cut !== undefined) feed.fail(cut)
    }
    this.carrier.resume(socket)
  }

  pause(): void {
    this.carrier.pause()
  }

  /**
   * Returns true only if the buffers are no longer needed: the connection below has taken all ciphertext, or the bytes
   * were copied. Node reports the end of a write one turn of the event loop later. A write that comes before this
   * report is copied if it is short and `mostCopied` allows it. Otherwise it waits for the report.
   */
  write(buffers: Buffers): boolean {
    if (this.inFlight === 0) {
      this.owesDrained = !this.encrypt(buffers)
      return !this.owesDrained
    }
    const bytes = bytesIn(buffers)
    if (bytes <= recordLimit && this.copied + bytes <= mostCopied) {
      this.copied += bytes
      this.hand(Buffer.concat(buffers instanceof Uint8Array ? [buffers] : buffers))
      return true
    }
    this.next = buffers
    this.owesDrained = true
    return false
  }

  private hand(bytes: Uint8Array): void {
    this.inFlight += 1
    this.socket?.write(bytes, this.written)
  }

  /**
   * Encrypts and sends buffers. Returns true only if the bytes fit in one record and the connection below has already
   * taken all of the ciphertext.
   */
  private encrypt(buffers: Buffers): boolean {
    const bytes = bytesIn(buffers)
    if (bytes <= pieceBytes) return this.encryptNow(buffers, bytes)
    this.pieces = new Pieces(buffers, bytes, pieceBytes)
    this.encryptPiece(this.pieces)
    return false
  }

  private encryptPiece(pieces: Pieces): void {
    if (this.state === "Failed") return
    const piece = pieces.next()
    if (piece === undefined) {
      this.fail({ cause: new TypeError("a buffer was transferred or resized before it was sent") })
    } else {
      this.encryptNow(piece, bytesIn(piece))
    }
  }

  private encryptNow(buffers: Buffers, bytes: number): boolean {
    const { socket } = this
    if (socket === undefined || socket.destroyed) return false
    const gathered = buffers instanceof Uint8Array ? buffers : gather(buffers)
    this.unsent = bytes
    this.carrier.beginWrite()
    this.turns.take()
    if (gathered instanceof Uint8Array) {
      this.hand(gathered)
    } else {
      socket.cork()
      for (const buffer of gathered) this.hand(buffer)
      socket.uncork()
    }
    return bytes <= recordLimit && this.carrier.hasTaken(bytes + overhead)
  }

  private readonly written = (error?: Error | null) => {
    if (error) return
    this.turns.take()
    this.inFlight -= 1
    if (this.inFlight > 0) return
    this.unsent = this.copied = 0
    const { next, pieces } = this
    pieces?.take()
    if (pieces !== undefined && pieces.left > 0) {
      this.encryptPiece(pieces)
      return
    }
    this.next = this.pieces = undefined
    if (next !== undefined && !this.encrypt(next)) return
    if (!this.owesDrained) return
    this.owesDrained = false
    this.feed?.drained()
  }

  get bytesUnsent(): number {
    if (!this.owesDrained) return 0
    return Math.max(1, this.next === undefined ? this.unsent + (this.pieces?.left ?? 0) : bytesIn(this.next))
  }

  end(): void {
    this.whenEnded(() => this.feed?.finished())
  }

  /** Calls `then` when our half has ended. If it is still open, sends close_notify and ends our half. */
  private whenEnded(then: () => void): void {
    const { socket } = this
    this.turns.take()
    this.onEnded.push(then)
    if (this.half === "Ended" || socket === undefined || socket.destroyed) this.wakeEnded()
    else if (this.half === "Open") {
      this.half = "Ending"
      this.carrier.end(socket, () => {
        this.half = "Ended"
        this.wakeEnded()
      })
    }
  }

  private wakeEnded(): void {
    for (const then of this.onEnded.splice(0)) then()
  }

  discard(): void {
    this.state = "Closing"
    this.carrier.resume(this.socket)
  }

  close(): void {
    if (this.state === "Gone") return
    this.state = "Closing"
    this.carrier.drop(this.socket)
    this.whenEnded(() => this.leave("close"))
  }

  destroy(reset: boolean): void {
    this.leave(reset ? "abort" : "close")
  }

  private leave(how: "close" | "abort"): void {
    if (this.state === "Gone") return
    this.state = "Gone"
    this.carrier[how](() => {
      this.turns.take()
      this.socket?.destroy()
      this.feed?.closed()
      // Node keeps its socket, and what the socket holds, until a major garbage collection.
      this.socket = this.feed = undefined
    })
  }

  later(callback: () => void): void {
    this.turns.later(callback)
  }

  after(millis: number, callback: () => void): () => void {
    return this.turns.after(millis, callback)
  }

  recycle(): void {}
}
