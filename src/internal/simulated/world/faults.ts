/**
 * Every fault. Each begins at once, also for what is on its way already, is in the trace, and returns what ends it. What a
 * faulty link does to a segment is in `link/link.ts`.
 *
 * @internal
 */
import type { Endpoint } from "../kernel/index.ts"
import type { Distribution, Fragmentation, Link, Operation, Packet, Revision, Rule } from "../link/index.ts"
import type { World } from "./world.ts"

/** Ends it. */
export type End = () => void

/** Whose way to whom. */
export interface Between {
  readonly a: string
  readonly b: string
  /** What goes from `a` to `b` alone. */
  readonly oneWay: boolean
}

/** As it would have been. */
const unchanged = ({ queued, way }: Packet): number => queued + way

const waysOf = (world: World, { a, b, oneWay }: Between): ReadonlyArray<Link> => {
  const there = world.links.of(a, b)
  const back = world.links.of(b, a)
  return oneWay || there === back ? [there] : [there, back]
}

/** What a fault is on one way: what begins it and gives what takes it back, and what becomes of what is on its way. */
interface Wrong {
  readonly what: string
  readonly lay: (link: Link) => End
  readonly revision: (link: Link) => Revision
  /** When it has ended. */
  readonly after?: (link: Link) => void
}

const beginOn = (link: Link, { after, lay, revision, what }: Wrong): End => {
  const { from, to } = link
  const record = (kind: "fault" | "heal") => link.record({ kind, what, connection: 0, from, to, bytes: 0 })
  record("fault")
  const take = lay(link)
  link.refresh()
  const revise = revision(link)
  // What a rule has said holds whatever else is wrong.
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

/** Nothing arrives; what was lost is sent again. */
export const partition = (world: World, between: Between): End =>
  begin(world, between, {
    what: "partition",
    lay: link => link.severed.lay(true),
    revision: () => () => "drop"
  })

/** Everything stays where it is. */
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

/** In bytes a second. */
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
      if (packet.data !== undefined && link.isCorrupted(probability)) link.corrupt(packet, flow)
      return unchanged(packet)
    }
  })

/** Of the whole world. */
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
  // The same rule may be there twice.
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
    // What is held may pass now.
    for (const flow of [...link.flows]) flow.release()
  }
  return () => {
    links.rules = links.rules.filter(other => other !== own)
    links.refresh()
  }
}

/** What it says of a segment holds, unless an earlier rule has said something. */
export const rule = (world: World, given: Rule): End => everywhere(world, "rule", "", () => layRule(world, given))

/** Who connects to the host hears nothing. */
export const hang = (world: World, host: string): End => {
  const name = host.toLowerCase()
  return everywhere(world, "hang", name, () =>
    layRule(world, ({ kind, to }) => (kind === "connect" && to === name ? "drop" : undefined))
  )
}

/** Who connects to the host finds that nobody listens. */
export const refuse = (world: World, host: string): End =>
  everywhere(world, "refuse", host.toLowerCase(), () => world.refusing.add(host))

export const fragment = (world: World, how: Fragmentation): End =>
  everywhere(world, `fragment ${how}`, "", () => world.fragments.how.lay(how))

/** The host may have so many sockets. */
export const descriptors = (world: World, host: string, count: number): End =>
  everywhere(world, "descriptors", host.toLowerCase(), () => world.host(host).descriptors.lay(count))

/** Whoever looks up a name on the host waits for it. */
export const slowNames = (world: World, host: string, distribution: Distribution): End =>
  everywhere(world, "slow names", host.toLowerCase(), () => world.host(host).namesTake.lay(distribution))

/** Operations on the host fail. */
export const failNext = (world: World, host: string, operation: Operation, code: string, times: number): End =>
  everywhere(world, `fail ${operation}`, host.toLowerCase(), () => world.failures.add(host, operation, code, times))

/** Both ends of a connection, or one of them, if it is there. */
const endsOf = (world: World, connection: number): ReadonlyArray<Endpoint> =>
  world.all.flatMap(host => [...host.endpoints]).filter(endpoint => endpoint.id === connection)

/** Somebody on the way resets it. Gives whether there is such a connection. */
export const reset = (world: World, connection: number): boolean => {
  const [end] = endsOf(world, connection)
  end?.recordFault("reset")
  end?.torn()
  return end !== undefined
}

/** One of the two ends is gone, and does not say so. Gives whether there is such a connection. */
export const halfOpen = (world: World, connection: number, gone: "connected" | "accepted"): boolean => {
  const end = endsOf(world, connection).find(one => one.isAccepted === (gone === "accepted"))
  end?.recordFault("half-open")
  end?.lose()
  return end !== undefined
}
