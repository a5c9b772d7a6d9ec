/**
 * All ways between the hosts of a world, and what holds for all of them: rules, and hosts that are down.
 *
 * @internal
 */

import type { Trace } from "../look/trace.ts"
import type { Timeline } from "../time/timeline.ts"
import { constant } from "./distribution.ts"
import { Link, type Quality, type Shared } from "./link.ts"
import { Marks } from "./marks.ts"
import type { Rule } from "./segment.ts"

const perfect: Quality = { latency: constant(0), bandwidth: Number.POSITIVE_INFINITY, loss: 0 }

export class Links implements Shared {
  readonly timeline: Timeline
  readonly trace: Trace
  readonly seed: number
  /** Hosts that are. */
  readonly down = new Marks()
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
