/**
 * From an address to a listener.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Listener from "../Listener.ts"
import type * as Network from "../Network.ts"
import type * as SocketAddress from "../SocketAddress.ts"
import type { ListenError, ResolveError } from "../SocketError.ts"
import { addressOf } from "./connecting.ts"
import { listenOptions } from "./options.ts"

export const listen = (
  driver: Network.Driver,
  address: SocketAddress.SocketAddress,
  options: Network.ListenOptions | undefined
): Effect.Effect<Listener.Listener, ListenError | ResolveError, Scope.Scope> =>
  Effect.flatMap(addressOf(driver, address), bound =>
    Effect.map(driver.listen(bound, listenOptions(options)), acceptor =>
      Listener.make(acceptor, { onFailure: options?.onFailure })
    )
  )
