/**
 * One end of a simulated connection, as the kernel has it: bytes on their way and not yet read, the end, the reset. It
 * does what TCP does, or a Unix socket, which has no reset but for bytes that will never be read.
 *
 * @internal
 */
import type * as SocketAddress from "../../../SocketAddress.ts"
import { format } from "../../address/index.ts"
import { type Buffers, bytesIn } from "../../send/index.ts"
import { Flow, Fragmenter, type Kind, type Sender, whenConnected } from "../link/index.ts"
import type { Event } from "../look/index.ts"
import { type Circuit, type Code, dying, type EndpointOwner, type Side } from "./circuit.ts"
import { Reader } from "./reader.ts"
import { Writer } from "./writer.ts"

export class Endpoint implements Sender {
  readonly localAddress: SocketAddress.Resolved
  readonly remoteAddress: SocketAddress.Resolved
  readonly opened: number
  /** Both as the trace has them. */
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
  /** The half-states of TCP: which of the two ends have been sent. */
  private halves: "ESTABLISHED" | "CLOSE-WAIT" | "FIN-WAIT" | "LAST-ACK" = "ESTABLISHED"
  /** Why the connection is broken, if it is. */
  private code: Code | undefined
  /** The program's descriptor: `Vanished` with its host, which crashed. */
  private descriptor: "Open" | "Closed" | "Vanished" = "Open"
  /** Whether the program has been given the peer's end. */
  private toldEnd = false
  /** A write is running: what breaks meanwhile is found when it returns. */
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
    // Nothing goes over a network to a Unix socket, and so not to another host.
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

  /** Tells the holder what there is, and what comes. */
  attach(owner: EndpointOwner): void {
    this.owner = owner
    this.deliver()
  }

  get id(): number {
    return this.circuit.id
  }

  /** Whoever sends bytes, or an end, is told that nobody answers. */
  gaveUp(kinds: ReadonlyArray<Kind>): void {
    if (kinds.includes("data") || kinds.includes("end")) this.fail("ETIMEDOUT")
    if (kinds.includes("acknowledge")) this.peer?.fail("ETIMEDOUT")
  }

  get isAccepted(): boolean {
    return this.side.isAccepted
  }

  /** This end is gone without a word to the other one; its own program is told. */
  lose(): void {
    this.out.cut()
    this.tellBroken("ETIMEDOUT")
  }

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

  /** As netstat names it. */
  get state(): string {
    return this.closed || this.code !== undefined ? "CLOSED" : this.halves
  }

  /** Its host has crashed. */
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

  /** What is there and what comes is dropped, one turn's worth a turn, so that a peer that never stops is not heeded. */
  discard(): void {
    this.reader.discard()
    this.deliver()
  }

  hold(held: boolean): void {
    this.reader.hold(held)
    this.deliver()
  }

  /** True when all has been accepted: then the buffers are the caller's again. */
  write(buffers: Buffers): boolean {
    if (this.hasVanished) return true
    // A Unix socket knows at once that nobody is there; over TCP it has to be told.
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
    // What fits has been accepted before the answer to it comes: that is for the next write to find.
    if (fits) this.deliver()
    else this.breakOff()
    return fits
  }

  /** Ends our half. Nothing is unsent. */
  end(): void {
    if (this.sentEnd || this.closed || this.code !== undefined) return
    this.halves = this.halves === "CLOSE-WAIT" ? "LAST-ACK" : "FIN-WAIT"
    this.send("end")
    if (this.toldEnd) this.letGo()
  }

  /** Lets go of the descriptor. With bytes unread that is a reset. */
  close(): void {
    this.leave(this.reader.hasUnread)
  }

  /** A Unix socket can only close. */
  abort(): void {
    this.leave(!this.isUnix || this.reader.hasUnread)
  }

  /** Its host has crashed: nobody is told, but for whoever still waits for it after a while. */
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

  /** Once: also when the connection is over in both directions, or broken, as whoever holds it has been told. */
  private letGo(): void {
    if (this.closed) return
    this.record("close", 0)
    this.forget("Closed")
  }

  private forget(descriptor: "Closed" | "Vanished"): void {
    this.descriptor = descriptor
    this.reader.clear()
    this.writer.clear()
    this.side.onClose()
  }

  private send(kind: "data" | "end" | "reset", segment?: Uint8Array): void {
    this.record(kind, segment?.length ?? 0)
    // What was lost of what came before is not sent again.
    if (kind === "reset") this.out.cutLost()
    this.out.carry(kind, segment, () => this.peer?.arrive(kind, segment))
  }

  private arrive(kind: "data" | "end" | "reset", segment: Uint8Array | undefined): void {
    if (this.closed) {
      // Nobody is there to read, or to know of the connection: whoever sends learns it.
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

  /** A peer that has ended and gone breaks the pipe; one that had not ended, or leaves bytes unread on Unix, resets. */
  private refused(always: boolean): void {
    this.fail(this.gotEnd && !this.sentEnd && !always ? "EPIPE" : "ECONNRESET")
  }

  /** The connection is no more, and nobody tells the other end. */
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

  /** Reads what came, unless held back; when nothing is left the end or the reset. After an end nobody reads any more. */
  private deliver(): void {
    const { owner } = this
    if (owner === undefined || this.closed) return
    if (this.failsToRead() || !this.reader.readAll(owner.push)) return
    if (this.gotEnd && !this.toldEnd) this.tellEnd(owner)
    else if (this.code !== undefined && !this.gotEnd) this.tellBroken(this.code)
  }

  /** Whether somebody has said that it fails. */
  private failsToRead(): boolean {
    if (!this.reader.hasUnread && (!this.gotEnd || this.toldEnd)) return false
    const code = this.circuit.failures.take(this.side.host, "recv")
    if (code === undefined) return false
    this.code = code
    this.tellBroken(code)
    return true
  }

  /** Over TCP it is asked whether the end is one; the answer may be that what was sent since has broken the pipe. */
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

  /** A write finds that the connection is no more. What was not read then is lost. */
  private breakOff(): void {
    const { code } = this
    this.deliver()
    if (code === undefined || this.closed) return
    if (this.owner !== undefined) this.reader.giveAhead(this.owner.push)
    this.tellBroken(this.isUnix ? "EPIPE" : code)
  }

  private acknowledged(bytes: number): void {
    if (this.writer.acknowledged(bytes) && !this.closed) this.owner?.drained()
  }

  recordFault(what: string): void {
    this.record("fault", 0, what)
  }

  private record(kind: Event["kind"], bytes: number, what?: string): void {
    const { circuit, from, hosts, to } = this
    const event = { time: circuit.timeline.time, kind, connection: circuit.id, from, to, hosts, bytes }
    circuit.trace.add(what === undefined ? event : { ...event, what })
  }
}
