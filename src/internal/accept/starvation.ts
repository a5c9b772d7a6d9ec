/**
 * What is said of connections that are turned away because descriptors have run out.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import type * as SocketAddress from "../../SocketAddress.ts"
import { format } from "../address/index.ts"

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
