/**
 * One end of a simulated connection, as the kernel sees it: its unread and unsent bytes, its ends and its resets. It
 * behaves like TCP or like a Unix socket. A Unix socket sends a reset only if it is closed with unread bytes.
 *
 * @internal
 */
import type * as SocketAddress from "../../../SocketAddress.ts"
import { format } from "../../address/index.ts"
import { type Buffers, bytesIn } from "../../send/index.ts"
import { Flow, Fragmenter, type Kind, type Sender, whenConnected } from "../link/index.ts"
import { checksumOf, type Event } from "../look/index.ts"
import { type Circuit, type Code, dying, type EndpointOwner, type Side } from "./circuit.ts"
import { Reader } from "./reader.ts"
import { Writer } from "./writer.ts"

export class Endpoint implements Sender {
  readonly localAddress: SocketAddress.Resolved
  readonly remoteAddress: SocketAddress.Resolved
  readonly opened: number
  /** The local address as text, for the trace. */
  readonly from: string
  /** The remote address as text, for the trace. */
  readonly to: string
  readonly hosts: ReadonlyArray<string>
  private readonly circuit: Circuit
  private readonly side: Side
  private readonly out: Flow
  private readonly reader: Reader
  private readonly writer: Writer
  private peer: Endpoint | undefined
  private owner: EndpointOwner | undefined
  /**
   * Which halves of the connection have ended, as a TCP state. `CLOSE-WAIT`: the peer has ended its half. `FIN-WAIT`:
   * we have ended our half. `LAST-ACK`: both halves have ended.
   */
  private halves: "ESTABLISHED" | "CLOSE-WAIT" | "FIN-WAIT" | "LAST-ACK" = "ESTABLISHED"
  /** Why the connection is broken. Undefined if the connection is not broken. */
  private code: Code | undefined
  /** The state of the descriptor. `Vanished` means that the host has crashed. */
  private descriptor: "Open" | "Closed" | "Vanished" = "Open"
  /** True if the owner has been notified of the peer's end. */
  private toldEnd = false
  /** True while `write` runs. If the connection breaks during the call, `write` handles that before it returns. */
  private writing = false

  constructor(
    localAddress: SocketAddress.Resolved,
    remoteAddress: SocketAddress.Resolved,
    circuit: Circuit,
    side: Side
  ) {
    this.localAddress = localAddress
    this.remoteAddress = remoteAddress
    this.from = format(localAddress)
    this.to = format(remoteAddress)
    // The link of a Unix socket has no host names, because both ends are on one host.
    const { host, link } = side
    this.hosts = link.from === "" ? [host.toLowerCase(), host.toLowerCase()] : [link.from, link.to]
    this.circuit = circuit
    this.side = side
    this.out = new Flow(side.link, this, whenConnected)
    const pieces = new Fragmenter(circuit.fragments, `#${circuit.id} ${side.isAccepted ? "accepted" : "connected"}`)
    this.writer = new Writer(pieces, circuit.window, segment => this.send("data", segment))
    this.reader = new Reader(pieces, side.isAccepted, {
      acknowledge: bytes => this.out.carry("acknowledge", undefined, () => this.peer?.acknowledged(bytes)),
      later: callback => circuit.timeline.soon(callback),
      goOn: () => this.deliver()
    })
    this.opened = circuit.timeline.time
  }

  static join(one: Endpoint, other: Endpoint): void {
    one.peer = other
    other.peer = one
  }

  /** Sets the owner. The owner first gets the bytes that have already arrived, and then all later events. */
  attach(owner: EndpointOwner): void {
    this.owner = owner
    this.deliver()
  }

  get id(): number {
    return this.circuit.id
  }

  /**
   * Called when segments of these kinds will not arrive, although they were retransmitted many times. If `data` or
   * `end` is among them, this end of the connection fails. If `acknowledge` is among them, the peer fails, because the
   * peer waits for it.
   */
  gaveUp(kinds: ReadonlyArray<Kind>): void {
    if (kinds.includes("data") || kinds.includes("end")) this.fail("ETIMEDOUT")
    if (kinds.includes("acknowledge")) this.peer?.fail("ETIMEDOUT")
  }

  get isAccepted(): boolean {
    return this.side.isAccepted
  }

  /** Breaks this end of the connection with `ETIMEDOUT`. The peer is not notified. */
  lose(): void {
    this.out.cut()
    this.tellBroken("ETIMEDOUT")
  }

  /** Resets both ends, as a device between the hosts would. */
  torn(): void {
    this.fail("ECONNRESET")
    this.peer?.fail("ECONNRESET")
  }

  get bytesUnsent(): number {
    return this.writer.bytesUnsent
  }

  get bytesUnread(): number {
    return this.reader.bytesUnread
  }

  /** The state as netstat shows it. */
  get state(): string {
    return this.closed || this.code !== undefined ? "CLOSED" : this.halves
  }

  /** True if the host has crashed. */
  get hasVanished(): boolean {
    return this.descriptor === "Vanished"
  }

  private get closed(): boolean {
    return this.descriptor !== "Open"
  }

  private get sentEnd(): boolean {
    return this.halves === "FIN-WAIT" || this.halves === "LAST-ACK"
  }

  private get gotEnd(): boolean {
    return this.halves === "CLOSE-WAIT" || this.halves === "LAST-ACK"
  }

  /** Drops all unread bytes, and all bytes that arrive later. */
  discard(): void {
    this.reader.discard()
    this.deliver()
  }

  hold(held: boolean): void {
    this.reader.hold(held)
    this.deliver()
  }

  /**
   * Writes bytes. Returns true if all were accepted or the host has crashed, so that the caller may reuse the buffers.
   * Otherwise `drained` is called later, unless the connection breaks.
   */
  write(buffers: Buffers): boolean {
    if (this.hasVanished) return true
    // On a Unix socket, a write fails as soon as the peer has closed. Over TCP, it fails only after a reset has
    // arrived.
    if (this.isUnix && this.peer?.closed === true) this.code ??= "EPIPE"
    this.code ??= this.circuit.failures.take(this.side.host, "send")
    if (this.code !== undefined) {
      this.breakOff()
      return false
    }
    const fits = bytesIn(buffers) <= this.writer.room
    this.writing = true
    const done = this.writer.write(buffers)
    this.writing = false
    if (this.code === undefined) return done
    // If the bytes fit into the window, they were accepted before the connection broke. So this write succeeds and the
    // next one fails.
    if (fits) this.deliver()
    else this.breakOff()
    return fits
  }

  /** Ends our half of the connection. Call `end` only when all written bytes have been accepted. */
  end(): void {
    if (this.sentEnd || this.closed || this.code !== undefined) return
    this.halves = this.halves === "CLOSE-WAIT" ? "LAST-ACK" : "FIN-WAIT"
    this.send("end")
    if (this.toldEnd) this.closeDescriptor()
  }

  /** Closes the descriptor. If received bytes are unread, resets the connection. Otherwise ends our half. */
  close(): void {
    this.leave(this.reader.hasUnread)
  }

  /** Resets the connection. On a Unix socket this is a close, because a Unix socket cannot reset on demand. */
  abort(): void {
    this.leave(!this.isUnix || this.reader.hasUnread)
  }

  /**
   * Called when the host has crashed. The peer is not notified. Operations that still wait after `dying` milliseconds
   * fail.
   */
  vanish(): void {
    this.out.cut()
    this.circuit.timeline.after(dying, () => this.owner?.broken("ENETDOWN"))
    this.forget("Vanished")
  }

  private leave(resets: boolean): void {
    if (this.closed) return
    if (!resets) this.end()
    else if (this.code === undefined) this.send("reset")
    this.closeDescriptor()
  }

  private get isUnix(): boolean {
    return this.localAddress._tag === "Unix"
  }

  /**
   * Closes the descriptor, if it is open. Also called when both halves have ended, and when the connection has broken.
   */
  private closeDescriptor(): void {
    if (this.closed) return
    this.record("close")
    this.forget("Closed")
  }

  private forget(descriptor: "Closed" | "Vanished"): void {
    this.descriptor = descriptor
    this.reader.clear()
    this.writer.clear()
    this.side.onClose()
  }

  private send(kind: "data" | "end" | "reset", segment?: Uint8Array): void {
    this.record(kind, segment)
    // After a reset, earlier segments that were lost are not retransmitted.
    if (kind === "reset") this.out.cutLost()
    this.out.carry(kind, segment, () => this.peer?.arrive(kind, segment))
  }

  private arrive(kind: "data" | "end" | "reset", segment: Uint8Array | undefined): void {
    if (this.closed) {
      // Data is refused, because no program will read it. A segment of kind `end` is refused only if the host no longer
      // knows the connection: the host has crashed, or the descriptor was closed while our half had not ended.
      const isUnknown = this.hasVanished || !this.sentEnd
      if (kind === "data" || (kind === "end" && isUnknown))
        this.out.carry("refuse", undefined, () => this.peer?.refused(false))
    } else if (kind === "reset") {
      this.refused(this.isUnix)
    } else if (this.code === undefined) {
      if (segment !== undefined) this.reader.arrive(segment)
      if (kind === "end") this.halves = this.sentEnd ? "LAST-ACK" : "CLOSE-WAIT"
      this.deliver()
    }
  }

  /**
   * Fails this end of the connection, because the peer refused a segment or reset the connection. The code is `EPIPE`
   * if the peer has ended its half, our half has not ended, and `always` is false. Otherwise the code is `ECONNRESET`.
   */
  private refused(always: boolean): void {
    this.fail(this.gotEnd && !this.sentEnd && !always ? "EPIPE" : "ECONNRESET")
  }

  /** Breaks this end of the connection. The peer is not notified. */
  private fail(code: Code): void {
    if (this.closed || this.code !== undefined) return
    this.code = code
    this.out.cut()
    const { isStuck } = this.writer
    this.writer.clear()
    if (this.writing) return
    if (isStuck) this.breakOff()
    else this.deliver()
  }

  /**
   * Pushes the bytes that have arrived to the owner, unless reading is paused. When no bytes are left, reports that the
   * peer has ended its half, or that the connection is broken. If the connection breaks after the peer has ended, only
   * the next write reports the break, because there is nothing left to read.
   */
  private deliver(): void {
    const { owner } = this
    if (owner === undefined || this.closed) return
    if (this.failsToRead() || !this.reader.readAll(owner.push)) return
    if (this.gotEnd && !this.toldEnd) this.tellEnd(owner)
    else if (this.code !== undefined && !this.gotEnd) this.tellBroken(this.code)
  }

  /**
   * If a fault makes this receive fail, breaks the connection and returns true. A receive can fail only if it would get
   * bytes or the end of the peer.
   */
  private failsToRead(): boolean {
    if (!this.reader.hasUnread && (!this.gotEnd || this.toldEnd)) return false
    const code = this.circuit.failures.take(this.side.host, "recv")
    if (code === undefined) return false
    this.code = code
    this.tellBroken(code)
    return true
  }

  /**
   * Reports to the owner that the peer has ended its half. If a TCP connection has already broken by then, for example
   * because we sent bytes after that end, reports the break too.
   */
  private tellEnd(owner: EndpointOwner): void {
    this.toldEnd = true
    owner.end()
    if (this.sentEnd) this.closeDescriptor()
    else if (this.code !== undefined && !this.isUnix) this.tellBroken(this.code)
  }

  private tellBroken(code: Code): void {
    if (this.closed) return
    this.closeDescriptor()
    this.owner?.broken(code)
  }

  /**
   * Reports to the owner that the connection is broken, because a write has found that. Unread bytes that wait because
   * reading is paused are lost, except the piece that was read ahead.
   */
  private breakOff(): void {
    const { code } = this
    this.deliver()
    if (code === undefined || this.closed) return
    if (this.owner !== undefined) this.reader.giveAhead(this.owner.push)
    this.tellBroken(this.isUnix ? "EPIPE" : code)
  }

  private acknowledged(bytes: number): void {
    const isDone = this.writer.acknowledged(bytes)
    if (this.closed) return
    if (isDone === undefined) {
      this.end()
      this.tellBroken("EFAULT")
    } else if (isDone) {
      this.owner?.drained()
    }
  }

  recordFault(what: string): void {
    this.record("fault", undefined, what)
  }

  private record(kind: Event["kind"], segment?: Uint8Array, what?: string): void {
    const { circuit, from, hosts, to } = this
    const { id: connection, timeline, trace } = circuit
    const event = { time: timeline.time, kind, connection, from, to, hosts, bytes: segment?.length ?? 0 }
    if (what !== undefined) trace.add({ ...event, what })
    else if (segment !== undefined && trace.hasChecksums) trace.add({ ...event, checksum: checksumOf(segment) })
    else trace.add(event)
  }
}
