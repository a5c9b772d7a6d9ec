/**
 * All faults except crashes, which are in `crash.ts`. Most functions begin a fault, and return a function that ends it.
 * A fault begins at once. A fault of a link also affects segments in flight. The trace records when a fault begins and
 * ends. `link/link.ts` decides what a faulty link does to a segment.
 *
 * @internal
 */
import type { Endpoint } from "../kernel/index.ts"
import type { Distribution, Fragmentation, Link, Operation, Packet, Revision, Rule } from "../link/index.ts"
import type { World } from "./world.ts"

/** A function that ends a fault. */
export type End = () => void

/** The pair of hosts that a fault applies to. */
export interface Between {
  readonly a: string
  readonly b: string
  /** True if the fault affects only segments from `a` to `b`. */
  readonly oneWay: boolean
}

/** Returns how long a segment takes if nothing changes, in milliseconds since it was sent. */
const unchanged = ({ queued, way }: Packet): number => queued + way

const waysOf = (world: World, { a, b, oneWay }: Between): ReadonlyArray<Link> => {
  const there = world.links.of(a, b)
  const back = world.links.of(b, a)
  return oneWay || there === back ? [there] : [there, back]
}

/**
 * A fault of one link. `lay` begins the fault and returns a function that ends it. `revision` returns a function that
 * decides again about segments in flight.
 */
interface Wrong {
  readonly what: string
  readonly lay: (link: Link) => End
  readonly revision: (link: Link) => Revision
  /** Runs after the fault has ended. */
  readonly after?: (link: Link) => void
}

const beginOn = (link: Link, { after, lay, revision, what }: Wrong): End => {
  const { from, to } = link
  const record = (kind: "fault" | "heal") => link.record({ kind, what, connection: 0, from, to, bytes: 0 })
  record("fault")
  const take = lay(link)
  link.refresh()
  const revise = revision(link)
  // If a rule has decided about a segment, this fault does not change the decision.
  link.revise((packet, flow) => (packet.isRuled ? unchanged(packet) : revise(packet, flow)))
  return () => {
    record("heal")
    take()
    link.refresh()
    after?.(link)
  }
}

const begin = (world: World, between: Between, wrong: Wrong): End => {
  const ends = waysOf(world, between).map(link => beginOn(link, wrong))
  return () => {
    for (const end of ends) end()
  }
}

/**
 * Drops all segments between two hosts, unless a rule decides. The sender retransmits them, except resets, as in TCP.
 */
export const partition = (world: World, between: Between): End =>
  begin(world, between, {
    what: "partition",
    lay: link => link.severed.lay(true),
    revision: () => () => "drop"
  })

/** Holds all segments between two hosts, unless a rule decides. Sends them when the fault ends. */
export const hold = (world: World, between: Between): End =>
  begin(world, between, {
    what: "hold",
    lay: link => link.holding.lay(true),
    revision: () => () => "hold",
    after: link => {
      for (const flow of [...link.flows]) flow.release()
    }
  })

export const latency = (world: World, between: Between, distribution: Distribution): End =>
  begin(world, between, {
    what: "latency",
    lay: link => link.latency.lay(distribution),
    revision: link => packet => {
      packet.way = link.drawLatency(distribution)
      return unchanged(packet)
    }
  })

/** Sets the bandwidth, in bytes per second. Segments that are still queued are queued again. */
export const bandwidth = (world: World, between: Between, bytesPerSecond: number): End =>
  begin(world, between, {
    what: "bandwidth",
    lay: link => {
      link.unqueue()
      return link.bandwidth.lay(bytesPerSecond)
    },
    revision: link => packet => {
      const { queued, sent } = packet
      const { time } = link.timeline
      if (sent + queued > time) return link.requeue(packet)
      const taken = unchanged(packet)
      packet.queued = time - sent + link.queueing(packet.data?.length ?? 0)
      packet.way = Math.max(0, taken - packet.queued)
      return unchanged(packet)
    },
    after: link => {
      link.unqueue()
      link.revise(packet => link.requeue(packet))
    }
  })

export const loss = (world: World, between: Between, probability: number): End =>
  begin(world, between, {
    what: "loss",
    lay: link => link.loss.lay(probability),
    revision: link => packet => (link.isLost(probability) ? "drop" : unchanged(packet))
  })

export const corrupt = (world: World, between: Between, probability: number): End =>
  begin(world, between, {
    what: "corrupt",
    lay: link => link.corruption.lay(probability),
    revision: link => (packet, flow) => {
      if (link.isCorrupted(probability)) link.corrupt(packet, flow)
      return unchanged(packet)
    }
  })

/** Begins a fault of a host or of the whole world. */
const everywhere = (world: World, what: string, from: string, lay: () => End): End => {
  const record = (kind: "fault" | "heal") => world.note(kind, what, from)
  record("fault")
  const take = lay()
  return () => {
    record("heal")
    take()
  }
}

const layRule = (world: World, rule: Rule): End => {
  const { links } = world
  // A new function, so that each call can be undone separately, even if two calls pass the same rule.
  const own: Rule = segment => rule(segment)
  links.rules = [...links.rules, own]
  links.refresh()
  for (const link of links.all) {
    link.revise((packet, flow) => {
      const action = packet.isRuled ? undefined : own(flow.segmentOf(packet))
      if (action === undefined) return unchanged(packet)
      packet.isRuled = true
      return link.fateBy(action, packet, flow, unchanged(packet))
    })
    // Tries to send the held segments, because the rule may let them pass.
    for (const flow of [...link.flows]) flow.release()
  }
  return () => {
    links.rules = links.rules.filter(other => other !== own)
    links.refresh()
  }
}

/**
 * Applies a rule to all segments, except those of Unix sockets. If several rules return an action for a segment, the
 * rule that was added first decides.
 */
export const rule = (world: World, given: Rule): End => everywhere(world, "rule", "", () => layRule(world, given))

/** Drops every connect over the network to the host, unless an earlier rule decides. */
export const hang = (world: World, host: string): End => {
  const name = host.toLowerCase()
  return everywhere(world, "hang", name, () =>
    layRule(world, ({ kind, to }) => (kind === "connect" && to === name ? "drop" : undefined))
  )
}

/** Refuses every connect over the network to the host. */
export const refuse = (world: World, host: string): End =>
  everywhere(world, "refuse", host.toLowerCase(), () => world.refusing.add(host))

export const fragment = (world: World, how: Fragmentation): End =>
  everywhere(world, `fragment ${how}`, "", () => world.fragments.how.lay(how))

/** Sets the most sockets that the host may have. */
export const descriptors = (world: World, host: string, count: number): End =>
  everywhere(world, "descriptors", host.toLowerCase(), () => world.host(host).descriptors.lay(count))

/** Sets how long a lookup of a name takes on the host. */
export const slowNames = (world: World, host: string, distribution: Distribution): End =>
  everywhere(world, "slow names", host.toLowerCase(), () => world.host(host).namesTake.lay(distribution))

/** Makes the next `times` calls of `operation` on the host fail. */
export const failNext = (world: World, host: string, operation: Operation, code: string, times: number): End =>
  everywhere(world, `fail ${operation}`, host.toLowerCase(), () => world.failures.add(host, operation, code, times))

/** Returns the open ends of a connection. */
const endsOf = (world: World, connection: number): ReadonlyArray<Endpoint> =>
  world.all.flatMap(host => [...host.endpoints]).filter(endpoint => endpoint.id === connection)

/** Resets a connection at both ends. Returns false if there is no such connection. */
export const reset = (world: World, connection: number): boolean => {
  const [end] = endsOf(world, connection)
  end?.recordFault("reset")
  end?.torn()
  return end !== undefined
}

/** Breaks one end of a connection, and does not notify the other end. Returns false if there is no such end. */
export const halfOpen = (world: World, connection: number, gone: "connected" | "accepted"): boolean => {
  const end = endsOf(world, connection).find(one => one.isAccepted === (gone === "accepted"))
  end?.recordFault("half-open")
  end?.lose()
  return end !== undefined
}
