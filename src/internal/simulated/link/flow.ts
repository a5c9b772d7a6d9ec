/**
 * What goes one way on one connection. It arrives in the order in which it was sent, and what was lost is sent again as
 * TCP does: after a time that doubles, until it gives up. What is behind it waits for it.
 *
 * @internal
 */
import type { Event } from "../look/index.ts"
import type { Cancel } from "../time/index.ts"
import type { Link } from "./link.ts"
import { flip, type Kind, type OnTheWay, type Packet, type Revision, type Segment } from "./packet.ts"

/** How long an answer is waited for before a segment is sent again: at first, at most, and how often. */
export interface Retries {
  readonly first: number
  readonly longest: number
  readonly times: number
}

/** As Linux does (`tcp_syn_retries`): after 1, 3, 7, .. s, for 127 s. */
export const whenConnecting: Retries = { first: 1000, longest: 120_000, times: 6 }

/** As Linux does (`tcp_retries2`): after 0.2, 0.6, 1.4, .. s, for 924.6 s. */
export const whenConnected: Retries = { first: 200, longest: 120_000, times: 15 }

/** Whose it is. */
export interface Sender {
  readonly id: number
  /** As the trace has them. */
  readonly from: string
  readonly to: string
  /** It was given up: none of these will arrive. */
  readonly gaveUp: (kinds: ReadonlyArray<Kind>) => void
  /** Somebody on the way has reset the connection. */
  readonly torn: () => void
  /** Its host has crashed, and what was lost or held will not arrive. */
  readonly vanished?: () => void
}

const nothing = () => {}

/** As it was before it was sent. */
const renew = (packet: Packet): void => {
  flip(packet, undefined)
  packet.queued = 0
  packet.isRuled = false
}

export class Flow implements OnTheWay {
  private readonly link: Link
  private readonly sender: Sender
  private readonly retries: Retries
  /** On their way, in order. */
  private flying: Array<Packet> = []
  /** Lost, or held, or behind what is. */
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

  /** Whoever sends is gone: nothing is sent again. What is on its way arrives. */
  cut(): void {
    this.waiting = []
    this.cancelRetry?.()
    this.cancelRetry = undefined
    this.tries = 0
    this.rest()
  }

  /** Whoever sends has reset it. What is held is on its way: it arrives. */
  cutLost(): void {
    if (this.cancelRetry !== undefined) this.cut()
  }

  /** The host of whoever sends has crashed. */
  vanish(): void {
    const isLost = this.waiting.length > 0
    this.cut()
    if (isLost) this.sender.vanished?.()
  }

  /** Sends what was held. */
  release(): void {
    if (this.cancelRetry === undefined) this.push()
  }

  /** Something has changed for what is on its way: its fate, in milliseconds since it was sent. */
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
        if (this.waiting.length === 0 && fate === "drop") this.retryLater()
        this.waiting.push(packet)
      }
    }
    this.waiting = this.waiting.concat(waiting)
    if (this.waiting.length > 0) this.link.flows.add(this)
    if (isTorn) this.sender.torn()
    this.rest()
  }

  private get isIdle(): boolean {
    return this.flying.length === 0 && this.waiting.length === 0
  }

  /** What is to be sent when its time comes. */
  private wait(packet: Packet): void {
    this.waiting.push(packet)
    this.link.flows.add(this)
  }

  /** What is idle has nothing that a fault could change. */
  private rest(): void {
    if (this.isIdle) this.link.flows.delete(this)
  }

  /** What is on its way, or will be. */
  get segments(): ReadonlyArray<Segment> {
    return [...this.flying, ...this.waiting].map(packet => this.segmentOf(packet))
  }

  segmentOf({ data, kind }: Packet): Segment {
    return { from: this.link.from, to: this.link.to, kind, bytes: data?.length ?? 0, connection: this.sender.id }
  }

  /** False if it has to wait. */
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
      // Not before the send has returned.
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
    // Nothing overtakes.
    packet.due = last === undefined ? wanted : Math.max(wanted, last.due)
    packet.cancel = timeline.at(packet.due, this.land)
    if (last === undefined) this.link.flows.add(this)
    this.flying.push(packet)
  }

  /** The first of them has arrived. One for all of them, since there are many. */
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
    const head = this.waiting[0]
    if (head === undefined) return
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
