/**
 * Makes networks in which only the names that the conformance suite chooses can be looked up.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Network from "../../../Network.ts"
import * as SocketAddress from "../../../SocketAddress.ts"
import { ResolveError } from "../../../SocketError.ts"
import type { Names } from "./statement.ts"

/**
 * Returns a function that makes a network, and two hosts. The network connects and listens with `driver`. It resolves
 * only the names in `addresses`. A connect to a host in `silent` never finishes.
 */
export const names = (driver: Network.Driver, hosts: Pick<Names, "free" | "other">): Names => ({
  ...hosts,
  layer: (addresses, silent = []) =>
    Layer.succeed(
      Network.Network,
      Network.make({
        ...driver,
        resolve: ({ host, port }) => {
          const found = addresses[host]
          return found === undefined
            ? Effect.fail(new ResolveError({ reason: "NotFound", host }))
            : Effect.succeed(Arr.map(found, one => SocketAddress.unsafeInet(one, port)))
        },
        dial: (address, options, own) =>
          address._tag === "Inet" && silent.includes(address.host) ? Effect.never : driver.dial(address, options, own)
      })
    )
})
