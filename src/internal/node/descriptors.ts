/**
 * When descriptors run out, libuv accepts connections and closes them at once, and tells nobody: to its peer each of
 * them looks served. So the last descriptor is kept free here: a connection that took it is turned away, and counted.
 *
 * @internal
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import type * as SocketAddress from "../../SocketAddress.ts"
import { format } from "../formatAddress.ts"
import { acceptReason } from "../reasons.ts"
import { codeOf } from "./errno.ts"

/** Whether an error of accepting is for want of descriptors, of this process or of the whole system. */
export const isStarved = (error: unknown): boolean => acceptReason(codeOf(error)) === "TooManyOpenFiles"

/** Whether there is one left: the only public way to know is to open something. It takes about 5 us. */
export const oneIsLeft = (): boolean => {
  try {
    fs.closeSync(fs.openSync(os.devNull, "r"))
    return true
  } catch (error) {
    return !isStarved(error)
  }
}

/** Says so once, and again each time that there are twice as many. */
export const reporter =
  (runtime: Runtime.Runtime<never>, address: SocketAddress.SocketAddress) =>
  (starved: number): void => {
    if (Number.isInteger(Math.log2(starved))) {
      const connections = starved === 1 ? "1 connection" : `${starved} connections`
      const line = `accept ${format(address)}: too many open files: ${connections} turned away so far`
      Runtime.runFork(runtime)(Effect.logWarning(`${line}; raise the limit (ulimit -n), or accept fewer at a time`))
    }
  }
