/**
 * The link from one host to another, in one direction: its latency, bandwidth and loss, and the faults on it. All
 * segments from one host to another pass through a link.
 * See docs/DECISIONS.md#faults-belong-to-links.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import type { Event, Trace } from "../look/index.ts"
import { Chance, type Timeline } from "../time/index.ts"
import { constant, type Distribution, draw, grain } from "./distribution.ts"
import { HostSet, Overlay } from "./overlay.ts"
import { type Action, type Fate, flip, type OnTheWay, type Packet, type Revision, type Rule } from "./packet.ts"

/** How a link behaves before any fault. */
export interface Quality {
  readonly latency: Distribution
  /** The bandwidth, in bytes per second. */
  readonly bandwidth: number
  /** The probability, from 0 to 1, that a segment is lost. */
  readonly loss: number
}

/** The state that all links of a world share. */
export interface Shared {
  readonly timeline: Timeline
  readonly trace: Trace
  readonly seed: number
  /** Names of the hosts that are down. */
  readonly down: HostSet
  /** All rules. The first rule that returns an action for a segment decides. */
  readonly rules: ReadonlyArray<Rule>
}

export class Link {
  readonly from: string
  readonly to: string
  private readonly hosts: ReadonlyArray<string>
  readonly timeline: Timeline
  /** The flows with segments in flight, or with segments that wait to be sent. */
  readonly flows = new Set<OnTheWay>()
  readonly severed = new Overlay(false)
  readonly holding = new Overlay(false)
  readonly latency: Overlay<Distribution>
  readonly bandwidth: Overlay<number>
  readonly loss: Overlay<number>
  readonly corruption = new Overlay(0)
  /** The latency in milliseconds, if it is constant and nothing else affects a segment. Undefined otherwise. */
  constant: number | undefined
  private readonly shared: Shared
  private readonly chances = new Map<string, Chance>()
  /** The time at which the last queued byte will have passed the link. */
  private busyUntil = 0

  constructor(from: string, to: string, quality: Quality, shared: Shared) {
    this.from = from
    this.to = to
    this.hosts = [from, to]
    this.shared = shared
    this.timeline = shared.timeline
    this.latency = new Overlay(quality.latency)
    this.bandwidth = new Overlay(quality.bandwidth)
    this.loss = new Overlay(quality.loss)
    this.refresh()
  }

  /** True if segments arrive at once, whole and unchanged. */
  get isStill(): boolean {
    return this.constant === 0
  }

  /** Updates `constant`. Call it after any change to the link. */
  refresh(): void {
    const latency = this.latency.current
    const isCalm =
      this.shared.rules.length === 0 &&
      !this.isDown &&
      !this.severed.current &&
      !this.holding.current &&
      this.bandwidth.current === Number.POSITIVE_INFINITY &&
      this.loss.current === 0 &&
      this.corruption.current === 0
    this.constant = isCalm && latency._tag === "Constant" ? latency.millis : undefined
  }

  /** Decides again about all segments in flight. Only after that delivers those that should have arrived by now. */
  revise(revision: Revision): void {
    this.timeline.after(0, () => {
      for (const flow of [...this.flows]) flow.revise(revision)
    })
  }

  /** Decides about a segment that is sent now. */
  fateOf(packet: Packet, flow: OnTheWay): Fate {
    if (this.isDown) return "drop"
    const action = this.actionFor(packet, flow)
    if (action !== undefined) {
      packet.isRuled = true
      return this.fateBy(action, packet, flow, this.transit(packet))
    }
    if (this.severed.current) return "drop"
    if (this.holding.current) return "hold"
    if (this.isLost(this.loss.current)) return "drop"
    if (this.isCorrupted(this.corruption.current)) this.corrupt(packet, flow)
    return this.transit(packet)
  }

  /** Applies the action of a rule to a segment. `otherwise` is how long the segment would take without the rule. */
  fateBy(action: Action, packet: Packet, flow: OnTheWay, otherwise: number): Fate {
    if (action === "drop" || action === "reset") return action
    if (action === "corrupt") this.corrupt(packet, flow)
    if (action === "duplicate") flow.record("duplicate", packet)
    if (typeof action === "string") return otherwise
    flow.record("delay", packet)
    packet.way += Duration.toMillis(action.delay)
    return otherwise + Duration.toMillis(action.delay)
  }

  /** Decides whether a segment is lost. Draws a random number only if the probability is above 0. */
  isLost(probability: number): boolean {
    return probability > 0 && this.chance("loss").hits(probability)
  }

  isCorrupted(probability: number): boolean {
    return probability > 0 && this.chance("corruption").hits(probability)
  }

  drawLatency(latency: Distribution): number {
    return latency._tag === "Constant" ? latency.millis : draw(latency, this.chance("latency"))
  }

  /** Flips a random bit of a data segment. */
  corrupt(packet: Packet, flow: OnTheWay): void {
    const { data } = packet
    if (data === undefined) return
    flip(packet, this.chance("bit").below(data.length * 8))
    flow.record("corrupt", packet)
  }

  /** Queues this many bytes. Returns how long it takes until the last of them has passed the link, in milliseconds. */
  queueing(bytes: number): number {
    const { time } = this.timeline
    if (this.bandwidth.current === Number.POSITIVE_INFINITY) return 0
    // An empty segment (an acknowledgment, an end) takes no time of its own. With bandwidth 0, 0 / 0 would be NaN.
    const taken = bytes === 0 ? 0 : (bytes / this.bandwidth.current) * 1000
    this.busyUntil = Math.max(this.busyUntil, time) + taken
    return Math.ceil((this.busyUntil - time) / grain) * grain
  }

  /** Empties the queue: the next segment does not wait. */
  unqueue(): void {
    this.busyUntil = 0
  }

  record(event: Omit<Event, "time" | "hosts">): void {
    this.shared.trace.add({ time: this.timeline.time, hosts: this.hosts, ...event })
  }

  private actionFor(packet: Packet, flow: OnTheWay): Action | undefined {
    const { rules } = this.shared
    if (rules.length === 0) return undefined
    const segment = flow.segmentOf(packet)
    for (const rule of rules) {
      const action = rule(segment)
      if (action !== undefined) return action
    }
    return undefined
  }

  private get isDown(): boolean {
    return this.shared.down.has(this.from) || this.shared.down.has(this.to)
  }

  private transit(packet: Packet): number {
    packet.queued = this.queueing(packet.data?.length ?? 0)
    packet.way = this.drawLatency(this.latency.current)
    return packet.queued + packet.way
  }

  /**
   * Queues the segment again if it is still queued. Returns how long the segment takes in all, in milliseconds since it
   * was sent.
   */
  requeue(packet: Packet): Fate {
    const { sent } = packet
    const { time } = this.timeline
    if (sent + packet.queued > time) packet.queued = time - sent + this.queueing(packet.data?.length ?? 0)
    return packet.queued + packet.way
  }

  private chance(what: string): Chance {
    const known = this.chances.get(what)
    if (known !== undefined) return known
    const chance = new Chance(this.shared.seed, `${what} ${this.from} > ${this.to}`)
    this.chances.set(what, chance)
    return chance
  }
}

const perfect: Quality = { latency: constant(0), bandwidth: Number.POSITIVE_INFINITY, loss: 0 }

export class Links implements Shared {
  readonly timeline: Timeline
  readonly trace: Trace
  readonly seed: number
  readonly down = new HostSet()
  rules: ReadonlyArray<Rule> = []
  /** The link of all Unix sockets. Faults of links do not affect it. */
  readonly local: Link
  private readonly between: Quality
  private readonly within: Quality
  private readonly links = new Map<string, Link>()

  constructor(
    timeline: Timeline,
    trace: Trace,
    seed: number,
    qualities: { readonly between: Quality; readonly within?: Quality | undefined }
  ) {
    this.timeline = timeline
    this.trace = trace
    this.seed = seed
    this.between = qualities.between
    this.within = qualities.within ?? perfect
    this.local = new Link("", "", perfect, this)
  }

  get all(): ReadonlyArray<Link> {
    return [...this.links.values()]
  }

  /** Returns the link from one host to another. The hosts need not exist yet. */
  of(from: string, to: string): Link {
    const [a, b] = [from.toLowerCase(), to.toLowerCase()]
    const key = `${a} > ${b}`
    const known = this.links.get(key)
    if (known !== undefined) return known
    const link = new Link(a, b, a === b ? this.within : this.between, this)
    this.links.set(key, link)
    return link
  }

  refresh(): void {
    for (const link of this.all) link.refresh()
  }
}
