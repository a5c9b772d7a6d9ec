/**
 * The way from one host to another, in one direction: how long it takes, how much fits through it, and what is wrong with
 * it. Whatever goes from host to host goes on it.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import type { Event, Trace } from "../look/index.ts"
import { Chance, type Timeline } from "../time/index.ts"
import { constant, type Distribution, draw, grain } from "./distribution.ts"
import { HostSet, Overlay } from "./overlay.ts"
import { type Action, type Fate, flip, type OnTheWay, type Packet, type Revision, type Rule } from "./packet.ts"

/** What a way is like when nothing is wrong with it. */
export interface Quality {
  readonly latency: Distribution
  /** In bytes a second. */
  readonly bandwidth: number
  /** How probable it is that a segment is lost. */
  readonly loss: number
}

/** What holds for all links of a world. */
export interface Shared {
  readonly timeline: Timeline
  readonly trace: Trace
  readonly seed: number
  /** Names of the hosts that are down. */
  readonly down: HostSet
  /** The first one that has something to say holds. */
  readonly rules: ReadonlyArray<Rule>
}

export class Link {
  readonly from: string
  readonly to: string
  private readonly hosts: ReadonlyArray<string>
  readonly timeline: Timeline
  /** Those with something on the way. */
  readonly flows = new Set<OnTheWay>()
  readonly severed = new Overlay(false)
  readonly holding = new Overlay(false)
  readonly latency: Overlay<Distribution>
  readonly bandwidth: Overlay<number>
  readonly loss: Overlay<number>
  readonly corruption = new Overlay(0)
  /** How long everything takes, where nothing else is to be decided. */
  constant: number | undefined
  private readonly shared: Shared
  private readonly chances = new Map<string, Chance>()
  /** When the last of what was sent has gone through. */
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

  /** Nothing takes time or is decided. */
  get isStill(): boolean {
    return this.constant === 0
  }

  /** To be called when anything of it has changed. */
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

  /** What becomes of all that is on its way. What arrives at once does so after that, and so does what comes of it. */
  revise(revision: Revision): void {
    this.timeline.after(0, () => {
      for (const flow of [...this.flows]) flow.revise(revision)
    })
  }

  /** For what is sent now. */
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
    if (packet.data !== undefined && this.isCorrupted(this.corruption.current)) this.corrupt(packet, flow)
    return this.transit(packet)
  }

  /** What a rule says of a segment that would take so long. */
  fateBy(action: Action, packet: Packet, flow: OnTheWay, otherwise: number): Fate {
    if (action === "drop" || action === "reset") return action
    if (action === "corrupt") this.corrupt(packet, flow)
    if (action === "duplicate") flow.record("duplicate", packet)
    if (typeof action === "string") return otherwise
    flow.record("delay", packet)
    packet.way += Duration.toMillis(action.delay)
    return otherwise + Duration.toMillis(action.delay)
  }

  /** By chance, where there is any: what is certain draws nothing. */
  isLost(probability: number): boolean {
    return probability > 0 && this.chance("loss").hits(probability)
  }

  isCorrupted(probability: number): boolean {
    return probability > 0 && this.chance("corruption").hits(probability)
  }

  drawLatency(latency: Distribution): number {
    return latency._tag === "Constant" ? latency.millis : draw(latency, this.chance("latency"))
  }

  /** Flips one bit. */
  corrupt(packet: Packet, flow: OnTheWay): void {
    const { data } = packet
    if (data === undefined) return
    flip(packet, this.chance("bit").below(data.length * 8))
    flow.record("corrupt", packet)
  }

  /** How long it takes until so many bytes have gone through, behind what is before them. */
  queueing(bytes: number): number {
    const { time } = this.timeline
    if (this.bandwidth.current === Number.POSITIVE_INFINITY) return 0
    // Through a way on which nothing fits still goes what is nothing.
    const taken = bytes === 0 ? 0 : (bytes / this.bandwidth.current) * 1000
    this.busyUntil = Math.max(this.busyUntil, time) + taken
    return Math.ceil((this.busyUntil - time) / grain) * grain
  }

  /** What was queued does not count any more. */
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

  /** What queues, queues anew. */
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
  /** Hosts that are. */
  readonly down = new HostSet()
  /** The first one that has something to say holds. */
  rules: ReadonlyArray<Rule> = []
  /** Within a machine, without a network: Unix sockets. */
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

  /** From a host to another, which need not be there yet. */
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
