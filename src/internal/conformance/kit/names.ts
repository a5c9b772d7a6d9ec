/**
 * A network on a driver, whose names are of the suite's own choice.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Network from "../../../Network.ts"
import { ResolveError } from "../../../SocketError.ts"
import type { Names } from "./statement.ts"

export const names = (driver: Network.Driver, hosts: Pick<Names, "free" | "other">): Names => ({
  ...hosts,
  layer: (addresses, silent = []) =>
    Layer.succeed(
      Network.Network,
      Network.make({
        ...driver,
        resolve: host => {
          const found = addresses[host]
          return found === undefined
            ? Effect.fail(new ResolveError({ reason: "NotFound", host }))
            : Effect.succeed(found)
        },
        dial: (address, options, own) =>
          address._tag === "Inet" && silent.includes(address.host) ? Effect.never : driver.dial(address, options, own)
      })
    )
})
