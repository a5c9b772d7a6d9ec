/**
 * The driver of a host in a simulated world. It answers with the codes that a real one has, so that its errors read the
 * same.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Listener from "../../Listener.ts"
import * as SocketAddress from "../../SocketAddress.ts"
import { AcceptError, ConnectError, ListenError, ResolveError } from "../../SocketError.ts"
import { AcceptQueue } from "../acceptQueue.ts"
import type { BoundOptions, Driver } from "../driver.ts"
import { connectReason, listenReason, resolveReason } from "../reasons.ts"
import type { Endpoint } from "./endpoint.ts"
import type { Door, Host } from "./host.ts"
import { SimulatedTransport } from "./transport.ts"
import type { World } from "./world.ts"

type Bound = SocketAddress.Inet | SocketAddress.Unix

/** What comes of an attempt: one end of a connection, or a code. Gives what takes back the wish for it. */
const reach = (world: World, host: Host, address: Bound, done: (result: Endpoint | string) => void): (() => void) => {
  const { timeline } = world
  const there = world.route(host, address)
  const source = address._tag === "Unix" ? "" : world.sourceOf(host, address)
  if (there === undefined || source === undefined) {
    done("ENETUNREACH")
    return () => {}
  }
  const port = address._tag === "Unix" ? 0 : host.takePort()
  if (port === undefined) {
    done("EADDRNOTAVAIL")
    return () => {}
  }
  const local = address._tag === "Unix" ? SocketAddress.unixUnnamed : SocketAddress.unsafeInet(source, port)
  const latency = world.latency(host, there)
  let isWanted = true
  const answer = (result: Endpoint | string) =>
    timeline.after(latency, () => {
      if (isWanted) done(result)
      else if (typeof result !== "string") result.close()
    })
  world.record("connect", local, address)
  timeline.after(latency, () => {
    const door = there.doorAt(address)
    if (door !== undefined) {
      answer(world.join(host, there, local, address, door))
      return
    }
    world.record("refuse", address, local)
    if (port > 0) host.releasePort(port)
    answer(address._tag === "Unix" ? "ENOENT" : "ECONNREFUSED")
  })
  return () => {
    isWanted = false
  }
}

const dial =
  (world: World, host: Host): Driver["dial"] =>
  (address, options, own) =>
    Effect.uninterruptibleMask(restore =>
      Effect.flatMap(Clock.currentTimeMillis, started => {
        let result: Endpoint | string | undefined
        const reached = Effect.async<void>(resume =>
          Effect.sync(
            reach(world, host, address, done => {
              result = done
              resume(Effect.void)
            })
          )
        )
        return Effect.matchCauseEffect(restore(reached), {
          onFailure: cause => {
            if (typeof result === "object") result.close()
            return Effect.failCause(cause)
          },
          onSuccess: () =>
            typeof result === "object"
              ? own(new SimulatedTransport(result, world.timeline, options))
              : failed(address, result ?? "", started)
        })
      })
    )

const failed = (address: Bound, code: string, started: number) =>
  Effect.flatMap(Clock.currentTimeMillis, now => {
    const reason = connectReason(code)
    const attempt = { address, reason, code, elapsed: Duration.millis(now - started) }
    return Effect.fail(new ConnectError({ reason, address, attempts: [attempt], code }))
  })

/** A free port where none was asked for, or a code. */
const place = (host: Host, asked: Bound, ipv6Only: boolean): Bound | string => {
  if (asked._tag === "Unix")
    return asked.path === undefined ? "EINVAL" : host.isInUse(asked, false) ? "EADDRINUSE" : asked
  const isOurs = asked.host === "0.0.0.0" || asked.host === "::" || host.has(asked.host)
  if (!isOurs) return "EADDRNOTAVAIL"
  if (asked.port > 0) return host.isInUse(asked, ipv6Only) ? "EADDRINUSE" : asked
  const port = host.takePort()
  return port === undefined ? "EADDRINUSE" : SocketAddress.unsafeInet(asked.host, port)
}

const listen =
  (world: World, host: Host): Driver["listen"] =>
  (asked, options) =>
    Effect.acquireRelease(
      Effect.suspend(() => {
        const address = place(host, asked, options.ipv6Only)
        if (typeof address === "string") {
          const code = address === "EINVAL" ? undefined : address
          return Effect.fail(new ListenError({ reason: listenReason(address), address: asked, code }))
        }
        return Effect.succeed(acceptorOf(world, host, address, options))
      }),
      acceptor => acceptor.close
    )

const acceptorOf = (world: World, host: Host, address: Bound, options: BoundOptions): Listener.Acceptor => {
  const queue = new AcceptQueue<Endpoint>(options.acceptQueue, endpoint => {
    world.record("turn away", endpoint.localAddress, endpoint.remoteAddress, endpoint.id)
    endpoint.abort()
  })
  const opened = world.timeline.time
  const door: Door = { address, ipv6Only: options.ipv6Only, opened, enter: endpoint => queue.offer(endpoint) }
  host.doors.push(door)
  world.record("listen", address)
  return {
    address,
    accept: own => queue.accept(endpoint => own(new SimulatedTransport(endpoint, world.timeline, options))),
    close: Effect.sync(() => {
      queue.end(new AcceptError({ reason: "Closed", address }))
      const at = host.doors.indexOf(door)
      if (at >= 0) {
        host.doors.splice(at, 1)
        if (address._tag === "Inet") host.releasePort(address.port)
        world.record("unlisten", address)
      }
    }),
    stats: Effect.sync(() => queue.stats)
  }
}

const found = <A>(asked: string, answer: A | undefined): Effect.Effect<A, ResolveError> => {
  const code = "ENOTFOUND"
  return answer === undefined
    ? Effect.fail(new ResolveError({ reason: resolveReason(code), host: asked, code }))
    : Effect.succeed(answer)
}

export const driverOf = (world: World, host: Host): Driver => ({
  hostname: Effect.succeed(host.name),
  resolve: name => found(name, world.resolve(name)),
  reverse: address => found(address, world.all.find(host => host.addresses.includes(address))?.name),
  dial: dial(world, host),
  listen: listen(world, host)
})
