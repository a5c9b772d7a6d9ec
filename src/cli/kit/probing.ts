/**
 * Tries many ports, several at the same time. If descriptors or local ports run out, tries fewer at the same time.
 * Otherwise the scan would report ports as `unknown`.
 */
import * as Effect from "effect/Effect"
import type * as Network from "../../Network.ts"
import type * as SocketAddress from "../../SocketAddress.ts"
import { type Finding, type Options, probe } from "./probe.ts"

/**
 * When only one worker is left, it waits at most this many times for a descriptor or a local port, 250 ms each time.
 * After that, it reports ports that cannot be tried as `unknown`.
 */
const mostWaits = 20

/**
 * Tries all addresses with at most `atATime` workers, and adds each finding to `found`. If a worker gets no descriptor
 * or no local port, it puts its address back and stops. If only one worker is left, it waits instead, at most 5 seconds
 * in total. After that, an address that cannot be tried is `unknown`. Returns the number of workers that are left at
 * the end.
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
      const reason = finding.error?.reason
      const isStarved = reason === "TooManyOpenFiles" || reason === "NoLocalPort"
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
