/**
 * The segments of one connection in one direction. They arrive in the order in which they were sent. A lost segment,
 * except a reset, is retransmitted as in TCP, at intervals that double up to a limit, until the flow gives up. Segments
 * behind a lost segment wait for it.
 *
 * @internal
 */
import type { Event } from "../look/index.ts"
import type { Cancel } from "../time/index.ts"
import type { Link } from "./link.ts"
import { flip, type Kind, type OnTheWay, type Packet, type Revision, type Segment } from "./packet.ts"

/** When a flow retransmits. */
export interface Retries {
  /** The first wait before a retransmission, in milliseconds. */
  readonly first: number
  /** The longest wait before a retransmission, in milliseconds. */
  readonly longest: number
  /** The number of retransmissions before the flow gives up. */
  readonly times: number
}

/** As in Linux (`tcp_syn_retries`): retransmits after 1, 3, 7, ... s, and gives up after 127 s. */
export const whenConnecting: Retries = { first: 1000, longest: 120_000, times: 6 }

/** As in Linux (`tcp_retries2`): retransmits after 0.2, 0.6, 1.4, ... s, and gives up after 924.6 s. */
export const whenConnected: Retries = { first: 200, longest: 120_000, times: 15 }

/** The sender of a flow: one end of a connection, or a connect. */
export interface Sender {
  readonly id: number
  /** The address of the sender, as the trace shows it. */
  readonly from: string
  /** The address of the receiver, as the trace shows it. */
  readonly to: string
  /** Called when the flow stops retransmitting. Segments of these kinds will not arrive. */
  readonly gaveUp: (kinds: ReadonlyArray<Kind>) => void
  /** Called when a fault resets the connection on the link. */
  readonly torn: () => void
  /**
   * Called when the host of the sender has crashed while segments were lost or held. These segments will not arrive.
   */
  readonly vanished?: () => void
}

const nothing = () => {}

/** Restores a segment to its state before it was sent. */
const renew = (packet: Packet): void => {
  flip(packet, undefined)
  packet.queued = 0
  packet.isRuled = false
}

export class Flow implements OnTheWay {
  private readonly link: Link
  private readonly sender: Sender
  private readonly retries: Retries
  /** The segments in flight, in order. */
  private flying: Array<Packet> = []
  /** The segments that wait to be sent: a lost or held segment, and all segments behind it. */
  private waiting: Array<Packet> = []
  private tries = 0
  private cancelRetry: Cancel | undefined

  constructor(link: Link, sender: Sender, retries: Retries) {
    this.link = link
    this.sender = sender
    this.retries = retries
  }

  carry(kind: Kind, data: Uint8Array | undefined, arrive: () => void): void {
    const { link } = this
    if (link.isStill && this.isIdle) {
      link.timeline.after(0, arrive)
      return
    }
    const packet: Packet = {
      kind,
      data,
      arrive,
      sent: link.timeline.time,
      due: 0,
      queued: 0,
      way: 0,
      isRuled: false,
      flipped: undefined,
      cancel: nothing
    }
    if (this.waiting.length > 0 || !this.transmit(packet)) this.wait(packet)
  }

  /**
   * Called when the sender is gone. Drops all waiting segments, so nothing is retransmitted. Segments in flight still
   * arrive.
   */
  cut(): void {
    this.waiting = []
    this.cancelRetry?.()
    this.cancelRetry = undefined
    this.tries = 0
    this.rest()
  }

  /**
   * Called when the sender has reset the connection. If a lost segment waits for its retransmission, drops all waiting
   * segments. If segments are only held, keeps them.
   */
  cutLost(): void {
    if (this.cancelRetry !== undefined) this.cut()
  }

  /** Called when the host of the sender has crashed. */
  vanish(): void {
    const isLost = this.waiting.length > 0
    this.cut()
    if (isLost) this.sender.vanished?.()
  }

  /** Sends the held segments. Lost segments still wait for their retransmission. */
  release(): void {
    if (this.cancelRetry === undefined) this.push()
  }

  /**
   * Decides again about the segments in flight. A time that `fateOf` returns counts from the time at which the segment
   * was sent.
   */
  revise(fateOf: Revision): void {
    const { flying, waiting } = this
    const { time } = this.link.timeline
    this.flying = []
    this.waiting = []
    let isTorn = false
    for (const packet of flying) {
      packet.cancel()
      const fate = fateOf(packet, this)
      if (fate === "drop" || fate === "reset") this.record(fate, packet)
      if (fate === "reset") isTorn = true
      else if (fate === "drop" && packet.kind === "reset") continue
      else if (typeof fate === "number" && this.waiting.length === 0)
        this.fly(packet, Math.max(time, packet.sent + fate))
      else {
        if (fate === "drop") this.retryLater()
        this.waiting.push(packet)
      }
    }
    this.waiting = this.waiting.concat(waiting)
    if (isTorn) this.sender.torn()
    this.rest()
  }

  private get isIdle(): boolean {
    return this.flying.length === 0 && this.waiting.length === 0
  }

  /** Queues a segment that cannot be sent now. */
  private wait(packet: Packet): void {
    this.waiting.push(packet)
    this.link.flows.add(this)
  }

  /** Removes the flow from the link if it is idle. An idle flow has no segment that a fault could affect. */
  private rest(): void {
    if (this.isIdle) this.link.flows.delete(this)
  }

  /** The segments in flight, and those that wait to be sent. */
  get segments(): ReadonlyArray<Segment> {
    return [...this.flying, ...this.waiting].map(packet => this.segmentOf(packet))
  }

  segmentOf({ data, kind }: Packet): Segment {
    return { from: this.link.from, to: this.link.to, kind, bytes: data?.length ?? 0, connection: this.sender.id }
  }

  /** Sends a segment. Returns false if the segment was lost or held and has to wait. */
  private transmit(packet: Packet): boolean {
    const { link } = this
    const fate = link.constant ?? link.fateOf(packet, this)
    packet.sent = link.timeline.time
    if (link.constant !== undefined) packet.way = link.constant
    if (typeof fate === "number") {
      this.fly(packet, packet.sent + fate)
      return true
    }
    if (fate === "hold") return false
    this.record(fate, packet)
    if (fate === "reset") {
      // Calls `torn` only after other fibers have run, because the send that caused the reset has to return first.
      link.timeline.soon(() => this.sender.torn())
      return true
    }
    if (packet.kind === "reset") return true
    this.retryLater()
    return false
  }

  private fly(packet: Packet, wanted: number): void {
    const { timeline } = this.link
    const last = this.flying.at(-1)
    if (last === undefined && wanted <= timeline.time) {
      timeline.after(0, packet.arrive)
      return
    }
    // A segment never arrives before an earlier one.
    packet.due = last === undefined ? wanted : Math.max(wanted, last.due)
    packet.cancel = timeline.at(packet.due, this.land)
    if (last === undefined) this.link.flows.add(this)
    this.flying.push(packet)
  }

  /** Delivers the first segment in flight. All segments share this one function, to save memory. */
  private readonly land = () => {
    const packet = this.flying.shift()
    this.rest()
    packet?.arrive()
  }

  private push(): void {
    while (this.waiting.length > 0) {
      const head = this.waiting[0]!
      renew(head)
      if (!this.transmit(head)) return
      this.waiting.shift()
      this.tries = 0
    }
    this.rest()
  }

  private retryLater(): void {
    const { first, longest } = this.retries
    this.cancelRetry ??= this.link.timeline.after(Math.min(first * 2 ** this.tries, longest), () => this.retry())
  }

  private retry(): void {
    this.cancelRetry = undefined
    const head = this.waiting[0]!
    if (this.tries >= this.retries.times) {
      this.giveUp(head)
      return
    }
    this.tries += 1
    this.record("retransmit", head)
    this.push()
  }

  private giveUp(head: Packet): void {
    this.record("give up", head)
    const kinds = this.waiting.map(({ kind }) => kind)
    this.cut()
    this.sender.gaveUp(kinds)
  }

  record(kind: Event["kind"], packet: Packet): void {
    const { from, id, to } = this.sender
    const bytes = packet.data?.length ?? 0
    this.link.record({ kind, what: packet.kind, connection: id, from, to, bytes })
  }
}
