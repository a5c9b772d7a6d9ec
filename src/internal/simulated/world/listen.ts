/**
 * Listens on a host of a simulated world.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Runtime from "effect/Runtime"
import type * as Listener from "../../../Listener.ts"
import type * as SocketAddress from "../../../SocketAddress.ts"
import { AcceptError, ListenError } from "../../../SocketError.ts"
import { AcceptQueue, reporter } from "../../accept/index.ts"
import { trustedInet } from "../../address/index.ts"
import type { BoundOptions, Driver } from "../../connect/index.ts"
import { listenReason } from "../../error/index.ts"
import {
  connectionOn,
  dying,
  type Endpoint,
  type Host,
  isAnywhere,
  type ListeningSocket,
  unmapped
} from "../kernel/index.ts"
import type { World } from "./world.ts"

/** Returns the address to listen on, with a free port instead of port 0, or the code of an error. */
const place = (
  host: Host,
  asked: SocketAddress.Resolved,
  { ipv6Only, reusePort }: BoundOptions
): SocketAddress.Resolved | string => {
  if (reusePort) return "EOPNOTSUPP"
  if (asked._tag === "Unix" && asked.path === undefined) return "EINVAL"
  if (host.descriptorsLeft <= 0) return "EMFILE"
  if (asked._tag === "Inet") {
    const wanted = unmapped(asked).host
    if (!isAnywhere(wanted) && !host.has(wanted)) return "EADDRNOTAVAIL"
    if (asked.port === 0) {
      const port = host.freePort()
      return port === undefined ? "EADDRINUSE" : trustedInet(asked.host, port)
    }
  }
  return host.isInUse(asked, ipv6Only) ? "EADDRINUSE" : asked
}

const acceptorOf = (
  world: World,
  host: Host,
  address: SocketAddress.Resolved,
  options: BoundOptions,
  runtime: Runtime.Runtime<never>
): Listener.Acceptor => {
  const report = reporter(runtime, address)
  const queue = new AcceptQueue<Endpoint>({
    address,
    capacity: options.acceptQueue,
    open: endpoint => connectionOn(endpoint, world.timeline, options),
    refuse: endpoint => {
      if (endpoint.hasVanished) return
      world.record("turn away", endpoint.hosts, endpoint.localAddress, endpoint.remoteAddress, endpoint.id)
      endpoint.abort()
    },
    close: Effect.sync(() => {
      const at = host.listening.indexOf(socket)
      if (at < 0) return
      host.listening.splice(at, 1)
      release()
      world.record("unlisten", [host.name], address)
    })
  })
  const socket: ListeningSocket = {
    address,
    ipv6Only: options.ipv6Only,
    opened: world.timeline.time,
    enter: endpoint => {
      if (host.descriptorsLeft < 0) report(queue.starve(endpoint))
      else queue.offer(endpoint)
    },
    vanish: () => world.timeline.after(dying, () => queue.end(new AcceptError({ reason: "Closed", address })))
  }
  const release = host.allocate(address, false)
  host.listening.push(socket)
  world.record("listen", [host.name], address)
  return queue
}

export const listenFailed = (address: SocketAddress.Resolved, errno: string): Effect.Effect<never, ListenError> => {
  const code = errno === "EINVAL" ? undefined : errno
  return Effect.fail(new ListenError({ reason: listenReason(errno), address, code }))
}

export const listen =
  (world: World, host: Host): Driver["listen"] =>
  (asked, options) =>
    Effect.acquireRelease(
      Effect.flatMap(Effect.runtime<never>(), runtime => {
        const address = place(host, asked, options)
        if (typeof address === "string") return listenFailed(asked, address)
        return Effect.succeed(acceptorOf(world, host, address, options, runtime))
      }),
      acceptor => acceptor.close
    )
