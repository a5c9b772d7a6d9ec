/** A network inside this process: a connect makes a pair of ends, and offers one of them to the listener. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Conformance from "../../src/Conformance.ts"
import * as Listener from "../../src/Listener.ts"
import * as Network from "../../src/Network.ts"
import * as Socket from "../../src/Socket.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { ConnectError, ListenError } from "../../src/SocketError.ts"

/** One end of a connection. `open` makes its wire. `close` closes an end that was not accepted. */
export interface End {
  readonly open: (local: SocketAddress.Resolved, remote: SocketAddress.Resolved, feed: Socket.Feed) => Socket.Wire
  readonly close: () => void
}

/** A layer of a network. `pair` makes the two ends of a connection. */
export const layer = (pair: () => readonly [End, End]): Layer.Layer<Network.Network> =>
  Layer.sync(Network.Network, () => {
    const listeners = new Map<string, { readonly offer: (end: End) => void }>()
    const client = SocketAddress.unixUnnamed
    return Network.make({
      hostname: Effect.succeed("here"),
      resolve: () => Effect.die("an address of this network is a path"),
      dial: (address, options, own) =>
        Effect.suspend(() => {
          const listener = listeners.get(SocketAddress.format(address))
          if (listener === undefined) return Effect.fail(new ConnectError({ reason: "Refused", address, attempts: [] }))
          const [mine, other] = pair()
          listener.offer(other)
          return own(Socket.transport(feed => mine.open(client, address, feed), options))
        }).pipe(Effect.uninterruptible),
      listen: (address, options) =>
        Effect.acquireRelease(
          Effect.suspend(() => {
            if (listeners.has(SocketAddress.format(address))) {
              return Effect.fail(new ListenError({ reason: "AddressInUse", address }))
            }
            const acceptor = Listener.queue<End>({
              address,
              capacity: options.acceptQueue,
              open: end => Socket.transport(feed => end.open(address, client, feed), options),
              refuse: end => end.close(),
              close: Effect.sync(() => void listeners.delete(SocketAddress.format(address)))
            })
            listeners.set(SocketAddress.format(address), acceptor)
            return Effect.succeed(acceptor)
          }),
          acceptor => acceptor.close
        )
    })
  })

let paths = 0

const aPath = "an address of this network is a path"

/** The statement of such a network for the contract. The second argument overrides parts of it. */
export const statement = (
  pair: () => readonly [End, End],
  { cannot, ...own }: Partial<Conformance.Statement> = {}
): Conformance.Statement => ({
  layer: layer(pair),
  free: Effect.sync(() => SocketAddress.unsafeUnix(`/in-process/${++paths}`)),
  turn: Effect.async(resume => void setImmediate(() => resume(Effect.void))),
  clogBytes: 4 * 1024 * 1024,
  cannot: {
    ports: `${aPath}, not a port`,
    localAddress: `${aPath}, not an address`,
    names: `${aPath}, not a name`,
    ...cannot
  },
  ...own
})
