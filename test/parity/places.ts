/** Where the scripts are performed: on real sockets, and on the same kind of address in a simulated world. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { TransportUnderTest } from "../../src/internal/conformance/kit/statement.ts"
import * as Network from "../../src/Network.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { type Row, simulated, tcp, tcp6, unix } from "../conformance/transports.ts"

export interface Place {
  readonly name: string
  readonly real: TransportUnderTest
  /** The simulated network, in a new world. A script must leave no socket in it. */
  readonly simulated: Effect.Effect<TransportUnderTest, never, Scope.Scope>
  /** Why scripts are skipped there, if they are. */
  readonly skip: string | undefined
}

const placeOf = (real: Row, free: SocketAddress.Resolved): Place => ({
  name: real.name,
  real,
  simulated: Effect.map(SimulatedNetwork.make(), world => ({
    ...simulated,
    layer: Layer.succeed(Network.Network, world.network("simulated")),
    free: Effect.succeed(free),
    cannot: real.cannot,
    clogBytes: real.clogBytes,
    open: Effect.map(world.netstat, sockets => ({ sockets: sockets.length }))
  })),
  skip: real.skip
})

export const onTcp = placeOf(tcp, SocketAddress.unsafeInet("127.0.0.1", 0))

export const onTcp6 = placeOf(tcp6, SocketAddress.unsafeInet("::1", 0))

export const onUnix = placeOf(unix, SocketAddress.unsafeUnix("/run/simulated.sock"))
