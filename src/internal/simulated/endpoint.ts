/**
 * One end of a simulated connection, as the kernel has it: bytes on their way and not yet read, the end, the reset. It
 * does what TCP does, and a Unix socket, which has no reset but for bytes that nobody will read.
 *
 * @internal
 */
import type * as SocketAddress from "../../SocketAddress.ts"
import { ByteQueue } from "../byteQueue.ts"
import { format } from "../formatAddress.ts"
import { type Buffers, bytesIn } from "../sendQueue.ts"
import type { Chance } from "./chance.ts"
import { Flow, type Kind, type Sender, whenConnected } from "./flow.ts"
import type { Event } from "./trace.ts"
import type { Code, Holder, Side, Wire } from "./wire.ts"

type Bound = SocketAddress.Inet | SocketAddress.Unix

export class Endpoint implements Sender {
  readonly localAddress: Bound
  readonly remoteAddress: Bound
  readonly opened: number
  /** Both as the trace has them. */
  readonly from: string
  readonly to: string
  private readonly wire: Wire
  private readonly side: Side
  private readonly out: Flow
  private ownChance: Chance | undefined
  private peer: Endpoint | undefined
  private holder: Holder | undefined
  private held = false
  private discarding = false
  /** Arrived and not yet read. */
  private readonly inbox = new ByteQueue()
  /** What was read when it was held back: see `Side.readsAhead`. */
  private ahead: Uint8Array | undefined
  /** Written and not yet accepted. */
  private unsent: Array<Uint8Array> = []
  /** Accepted, and not yet read at the other end. */
  private outstanding = 0
  private sentEnd = false
  private gotEnd = false
  private toldEnd = false
  private code: Code | undefined
  private closed = false
  private writing = false
  /** The next piece is read in a turn of its own. */
  private pausing = false

  constructor(localAddress: Bound, remoteAddress: Bound, wire: Wire, side: Side) {
    this.localAddress = localAddress
    this.remoteAddress = remoteAddress
    this.from = format(localAddress)
    this.to = format(remoteAddress)
    this.wire = wire
    this.side = side
    this.out = new Flow(side.link, this, whenConnected)
    this.opened = wire.timeline.time
  }

  static join(one: Endpoint, other: Endpoint): void {
    one.peer = other
    other.peer = one
  }

  /** Tells the holder what there is, and what comes. */
  attach(holder: Holder): void {
    this.holder = holder
    this.deliver()
  }

  get id(): number {
    return this.wire.id
  }

  /** Whoever sends bytes, or an end, is told that nobody answers. */
  gaveUp(kinds: ReadonlyArray<Kind>): void {
    if (kinds.includes("data") || kinds.includes("end")) this.fail("ETIMEDOUT")
    if (kinds.includes("acknowledge")) this.peer?.fail("ETIMEDOUT")
  }

  torn(): void {
    this.fail("ECONNRESET")
    this.peer?.fail("ECONNRESET")
  }

  get bytesUnsent(): number {
    return bytesIn(this.unsent)
  }

  get bytesUnread(): number {
    return this.inbox.size + (this.ahead?.length ?? 0)
  }

  /** As netstat names it. */
  get state(): string {
    if (this.closed || this.code !== undefined) return "CLOSED"
    if (this.sentEnd) return this.gotEnd ? "LAST-ACK" : "FIN-WAIT"
    return this.gotEnd ? "CLOSE-WAIT" : "ESTABLISHED"
  }

  /** What is there and what comes is dropped, one turn's worth a turn, so that a peer that never stops is not heeded. */
  discard(): void {
    this.discarding = true
    this.held = false
    this.deliver()
  }

  hold(held: boolean): void {
    this.held = held
    this.deliver()
  }

  /** True when all has been accepted: then the buffers are the caller's again. */
  write(buffers: Buffers): boolean {
    // A Unix socket knows at once that nobody is there; over TCP it has to be told.
    if (this.isUnix && this.peer?.closed === true) this.code ??= "EPIPE"
    if (this.code !== undefined) {
      this.breakOff()
      return false
    }
    const fits = bytesIn(buffers) <= this.wire.window - this.outstanding
    this.unsent = this.unsent.concat(buffers)
    this.writing = true
    const done = this.flush()
    this.writing = false
    if (this.code === undefined) return done
    // What fits has been accepted before the answer to it comes: that is for the next write to find.
    if (fits) this.deliver()
    else this.breakOff()
    return fits
  }

  /** Ends our half. Nothing is unsent. */
  end(): void {
    if (this.sentEnd || this.closed || this.code !== undefined) return
    this.sentEnd = true
    this.send("end")
    if (this.toldEnd) this.letGo()
  }

  /** Lets go of the descriptor. With bytes unread that is a reset. */
  close(): void {
    this.leave(this.inbox.size > 0)
  }

  /** A Unix socket can only close. */
  abort(): void {
    this.leave(!this.isUnix || this.inbox.size > 0)
  }

  private leave(resets: boolean): void {
    if (this.closed) return
    if (!resets) this.end()
    else if (this.code === undefined) this.send("reset")
    this.letGo()
  }

  private get isUnix(): boolean {
    return this.localAddress._tag === "Unix"
  }

  /** Once: also when the connection is over in both directions, or broken, as whoever holds it has been told. */
  private letGo(): void {
    if (this.closed) return
    this.closed = true
    this.inbox.clear()
    this.ahead = undefined
    this.unsent = []
    this.record("close", 0)
    this.side.onClose()
  }

  private flush(): boolean {
    while (this.unsent.length > 0 && this.outstanding < this.wire.window) {
      const buffer = this.unsent[0]!
      // A copy in any case, and a plain array: `slice` of a Buffer is neither.
      const piece = this.pieceOf(Math.min(buffer.length, this.wire.window - this.outstanding))
      const segment = new Uint8Array(buffer.subarray(0, piece))
      if (segment.length === buffer.length) {
        this.unsent.shift()
      } else {
        this.unsent[0] = buffer.subarray(segment.length)
      }
      this.outstanding += segment.length
      this.send("data", segment)
    }
    return this.unsent.length === 0
  }

  private send(kind: "data" | "end" | "reset", segment?: Uint8Array): void {
    this.record(kind, segment?.length ?? 0)
    // What was lost of what came before is not sent again.
    if (kind === "reset") this.out.cut()
    this.out.carry(kind, segment, () => this.peer?.arrive(kind, segment))
  }

  private arrive(kind: "data" | "end" | "reset", segment: Uint8Array | undefined): void {
    if (this.closed) {
      // Nobody is there to read: whoever sends learns it.
      if (kind === "data") this.out.carry("refuse", undefined, () => this.peer?.refused(false))
    } else if (kind === "reset") {
      this.refused(this.isUnix)
    } else if (this.code === undefined) {
      if (segment !== undefined) this.inbox.push(segment)
      if (kind === "end") this.gotEnd = true
      this.deliver()
    }
  }

  /** A peer that has ended and gone breaks the pipe; one that had not ended, or leaves bytes unread on Unix, resets. */
  private refused(always: boolean): void {
    this.fail(this.gotEnd && !this.sentEnd && !always ? "EPIPE" : "ECONNRESET")
  }

  /** The connection is no more, and nobody tells the other end. */
  private fail(code: Code): void {
    if (this.closed || this.code !== undefined) return
    this.code = code
    this.out.cut()
    const isStuck = this.unsent.length > 0
    this.unsent = []
    if (this.writing) return
    if (isStuck) this.breakOff()
    else this.deliver()
  }

  /** Reads what came, unless held back; when nothing is left the end or the reset. After an end nobody reads any more. */
  private deliver(): void {
    const { holder } = this
    if (holder === undefined || this.closed) return
    const stops = () => this.pausing || (this.held && (this.ahead !== undefined || !this.side.readsAhead))
    while (!stops() && (this.ahead !== undefined || this.inbox.size > 0)) this.readOn(holder)
    if (stops()) return
    if (this.gotEnd && !this.toldEnd) this.tellEnd(holder)
    else if (this.code !== undefined && !this.gotEnd) this.tellBroken(this.code)
  }

  /** One read. It is acknowledged when all is in order here: the peer's next bytes may come of it at once. */
  private readOn(holder: Holder): void {
    const { ahead } = this
    const chunk = ahead ?? this.inbox.take(this.pieceOf(this.inbox.size))
    this.ahead = this.held ? chunk : undefined
    if (this.wire.fragments.isPiecemeal && !this.discarding) this.pause()
    if (!this.held && !this.discarding) holder.push(chunk)
    if (ahead !== undefined) return
    if (this.discarding) this.wire.timeline.soon(() => this.acknowledge(chunk.length))
    else this.acknowledge(chunk.length)
  }

  /** So that whoever reads sees the piece before the next one comes. */
  private pause(): void {
    this.pausing = true
    this.wire.timeline.soon(() => {
      this.pausing = false
      this.deliver()
    })
  }

  private pieceOf(available: number): number {
    return this.wire.fragments.piece(available, () => {
      this.ownChance ??= this.wire.fragments.chanceOf(`#${this.id} ${this.side.readsAhead ? "accepted" : "connected"}`)
      return this.ownChance
    })
  }

  /** Over TCP it is asked whether the end is one; the answer may be that what was sent since has broken the pipe. */
  private tellEnd(holder: Holder): void {
    this.toldEnd = true
    holder.end()
    if (this.sentEnd) this.letGo()
    else if (this.code !== undefined && !this.isUnix) this.tellBroken(this.code)
  }

  private tellBroken(code: Code): void {
    if (this.closed) return
    this.letGo()
    this.holder?.broken(code)
  }

  /** A write finds that the connection is no more. What was not read then is lost. */
  private breakOff(): void {
    const { code } = this
    this.deliver()
    if (code === undefined || this.closed) return
    if (this.ahead !== undefined) this.holder?.push(this.ahead)
    this.tellBroken(this.isUnix ? "EPIPE" : code)
  }

  private acknowledge(bytes: number): void {
    this.out.carry("acknowledge", undefined, () => this.peer?.acknowledged(bytes))
  }

  private acknowledged(bytes: number): void {
    this.outstanding -= bytes
    if (this.unsent.length > 0 && !this.closed && this.flush()) this.holder?.drained()
  }

  private record(kind: Event["kind"], bytes: number): void {
    const { from, to, wire } = this
    wire.trace.add({ time: wire.timeline.time, kind, connection: wire.id, from, to, bytes })
  }
}
