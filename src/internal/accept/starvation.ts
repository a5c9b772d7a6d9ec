/**
 * The warning about connections that are refused because the process has no file descriptors left.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import type * as SocketAddress from "../../SocketAddress.ts"
import { format } from "../address/index.ts"
import { plural } from "../text/index.ts"

/**
 * Returns a function to call with the number of connections that were refused because no file descriptor was left. The
 * function logs a warning when this number is 1, 2, 4, 8 and so on.
 */
export const reporter =
  (runtime: Runtime.Runtime<never>, address: SocketAddress.SocketAddress) =>
  (starved: number): void => {
    if (Number.isInteger(Math.log2(starved))) {
      const line = `accept ${format(address)}: too many open files: ${plural(starved, "connection")} refused so far`
      Runtime.runFork(runtime)(Effect.logWarning(`${line}; raise the limit (ulimit -n) or keep fewer connections open`))
    }
  }
