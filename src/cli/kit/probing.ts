/**
 * Many ports, a few at a time: fewer where descriptors run out, so that no port is blamed for it.
 */
import * as Effect from "effect/Effect"
import type * as Network from "../../Network.ts"
import type * as SocketAddress from "../../SocketAddress.ts"
import { type Finding, type Options, probe } from "./probe.ts"

/** How often the last one that is left waits for a descriptor, before it gives up. */
const mostWaits = 20

/**
 * Where there are too few descriptors for as many at a time there are fewer of them. The last one waits for one, 5 seconds
 * in all; what it then cannot try is `unknown`. Gives how many there were in the end; findings come as they are made.
 */
export const probeAll = (
  addresses: ReadonlyArray<SocketAddress.Inet>,
  atATime: number,
  options: Options,
  found: Array<Finding>
): Effect.Effect<number, never, Network.Network> =>
  Effect.suspend(() => {
    const untried = [...addresses].reverse()
    let workers = Math.min(atATime, untried.length)
    let waits = mostWaits
    const worker: Effect.Effect<void, never, Network.Network> = Effect.suspend(() => {
      const address = untried.pop()
      return address === undefined ? Effect.void : Effect.flatMap(probe(address, options), look)
    })
    const look = (finding: Finding) => {
      const isStarved = finding.error?.reason === "TooManyOpenFiles"
      if (isStarved && workers > 1) {
        untried.push(finding.address)
        workers -= 1
        return Effect.void
      }
      if (isStarved && waits > 0) {
        untried.push(finding.address)
        waits -= 1
        return Effect.delay(worker, "250 millis")
      }
      found.push(finding)
      return worker
    }
    const all = Effect.replicateEffect(worker, workers, { concurrency: "unbounded", discard: true })
    return Effect.map(all, () => workers)
  })
