/**
 * One end of a simulated connection, as the kernel sees it: its unread and unsent bytes, and its ends and resets. It
 * behaves like TCP, or like a Unix socket. A Unix socket resets only if it is closed with unread bytes.
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
  /** The two addresses as text, for the trace. */
  readonly from: string
  readonly to: string
  readonly hosts: ReadonlyArray<string>
  private readonly circuit: Circuit
  private readonly side: Side
  private readonly out: Flow
  private readonly reader: Reader
  private readonly writer: Writer
  private peer: Endpoint | undefined
  private owner: EndpointOwner | undefined
  /** The state of TCP: `CLOSE-WAIT` if the peer has ended its half, `FIN-WAIT` if we have, `LAST-ACK` if both have. */
  private halves: "ESTABLISHED" | "CLOSE-WAIT" | "FIN-WAIT" | "LAST-ACK" = "ESTABLISHED"
  /** Why the connection is broken; undefined if it is not. */
  private code: Code | undefined
  /** The descriptor of the program. `Vanished` if the host has crashed. */
  private descriptor: "Open" | "Closed" | "Vanished" = "Open"
  /** True once the peer's end was reported to the owner. */
  private toldEnd = false
  /** True while a write runs. If the connection breaks during the write, the write handles that before it returns. */
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

  /** Sets the owner, and reports to it from now on, beginning with what has already arrived. */
  attach(owner: EndpointOwner): void {
    this.owner = owner
    this.deliver()
  }

  get id(): number {
    return this.circuit.id
  }

  /**
   * Fails the end whose bytes were not answered. If data or an end was lost, that is this end. If an acknowledgment was
   * lost, it is the peer, which waits for it.
   */
  gaveUp(kinds: ReadonlyArray<Kind>): void {
    if (kinds.includes("data") || kinds.includes("end")) this.fail("ETIMEDOUT")
    if (kinds.includes("acknowledge")) this.peer?.fail("ETIMEDOUT")
  }

  get isAccepted(): boolean {
    return this.side.isAccepted
  }

  /** Breaks this end with `ETIMEDOUT`. The peer is not notified. */
  lose(): void {
    this.out.cut()
    this.tellBroken("ETIMEDOUT")
  }

  /** Resets both ends, as a device between them would. */
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

  /** Drops what has arrived and what will arrive. */
  discard(): void {
    this.reader.discard()
    this.deliver()
  }

  hold(held: boolean): void {
    this.reader.hold(held)
    this.deliver()
  }

  /**
   * Returns true if everything was accepted, so that the caller may reuse the buffers. Otherwise `drained` is called later,
   * unless the connection breaks.
   */
  write(buffers: Buffers): boolean {
    if (this.hasVanished) return true
    // On a Unix socket, a write knows at once that the peer has closed. Over TCP, it knows only after a reset arrives.
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
    // The bytes that fit were accepted before the connection broke, so this write succeeds and the next one fails.
    if (fits) this.deliver()
    else this.breakOff()
    return fits
  }

  /** Ends our half. The caller has nothing unsent. */
  end(): void {
    if (this.sentEnd || this.closed || this.code !== undefined) return
    this.halves = this.halves === "CLOSE-WAIT" ? "LAST-ACK" : "FIN-WAIT"
    this.send("end")
    if (this.toldEnd) this.letGo()
  }

  /** Closes the descriptor. Ends our half, or resets the connection if received bytes are unread. */
  close(): void {
    this.leave(this.reader.hasUnread)
  }

  /** Resets the connection. On a Unix socket this is a close, because a Unix socket cannot reset on demand. */
  abort(): void {
    this.leave(!this.isUnix || this.reader.hasUnread)
  }

  /** The host has crashed. The peer is not notified. Operations that still wait after `dying` milliseconds fail. */
  vanish(): void {
    this.out.cut()
    this.circuit.timeline.after(dying, () => this.owner?.broken("ENETDOWN"))
    this.forget("Vanished")
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

  /** Closes the descriptor, once. Also called when both halves have ended, and when the connection has broken. */
  private letGo(): void {
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
      // Data is refused, because nothing will read it. An end is refused only if the host does not know the connection any
      // more: the host has crashed, or this end was closed without sending an end.
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
   * The peer refused a segment or reset the connection. If it had ended its half before, and we have not, the pipe is
   * broken. Otherwise, and if `always`, it is a reset.
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
   * Pushes what has arrived, unless paused. When nothing is left, reports the peer's end, or why the connection broke. After
   * the end there is nothing to read, so a break after it is found by the next write.
   */
  private deliver(): void {
    const { owner } = this
    if (owner === undefined || this.closed) return
    if (this.failsToRead() || !this.reader.readAll(owner.push)) return
    if (this.gotEnd && !this.toldEnd) this.tellEnd(owner)
    else if (this.code !== undefined && !this.gotEnd) this.tellBroken(this.code)
  }

  /** If there is something to receive, and a fault makes a receive fail, breaks the connection and returns true. */
  private failsToRead(): boolean {
    if (!this.reader.hasUnread && (!this.gotEnd || this.toldEnd)) return false
    const code = this.circuit.failures.take(this.side.host, "recv")
    if (code === undefined) return false
    this.code = code
    this.tellBroken(code)
    return true
  }

  /** Reports the peer's end. Over TCP, a break is reported with it, if bytes sent since that end have broken the pipe. */
  private tellEnd(owner: EndpointOwner): void {
    this.toldEnd = true
    owner.end()
    if (this.sentEnd) this.letGo()
    else if (this.code !== undefined && !this.isUnix) this.tellBroken(this.code)
  }

  private tellBroken(code: Code): void {
    if (this.closed) return
    this.letGo()
    this.owner?.broken(code)
  }

  /** A write finds that the connection is broken. Bytes that a pause has kept unread are lost, except those read ahead. */
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
