/**
 * One attempt to connect to one address of a simulated world.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as SocketAddress from "../../../SocketAddress.ts"
import { ConnectError, type ConnectReason } from "../../../SocketError.ts"
import { format, trustedInet } from "../../address/index.ts"
import type { DialOptions, Driver } from "../../connect/index.ts"
import { connectReason } from "../../error/index.ts"
import {
  connectionOn,
  destinationOf,
  dying,
  type Endpoint,
  type Host,
  isAnywhere,
  isLoopback,
  unmapped
} from "../kernel/index.ts"
import { Flow, whenConnecting } from "../link/index.ts"
import type { World } from "./world.ts"

/**
 * Returns the local address for a connection to `asked`. If there can be no connection, returns the code of an error.
 */
const departure = (
  world: World,
  host: Host,
  asked: SocketAddress.Resolved,
  { localAddress, localPort }: DialOptions
): SocketAddress.Resolved | string => {
  if (host.descriptorsLeft <= 0) return "EMFILE"
  if (asked._tag === "Unix") return SocketAddress.unixUnnamed
  const isGiven = localAddress !== undefined && !isAnywhere(localAddress.host)
  const source = isGiven ? localAddress.host : world.sourceOf(host, asked)
  if (source === undefined) return "ENETUNREACH"
  if (localPort > 0) {
    const local = trustedInet(source, localPort)
    return host.cannotConnectFrom(local, asked) ?? local
  }
  const port = host.freePort()
  return port === undefined ? "EADDRNOTAVAIL" : trustedInet(source, port)
}

/** Returns why a host cannot connect from a local address, or `undefined` if it can. */
const badSource = (
  host: Host,
  asked: SocketAddress.Resolved,
  { localAddress }: DialOptions
): "EADDRNOTAVAIL" | "EINVAL" | undefined => {
  if (localAddress === undefined || isAnywhere(localAddress.host) || asked._tag === "Unix") return undefined
  const from = unmapped(localAddress).host
  if (!host.has(from)) return "EADDRNOTAVAIL"
  return isLoopback(from) && !host.has(destinationOf(asked).host) ? "EINVAL" : undefined
}

/** The result of an attempt: our end of a connection, or the code of an error. */
type Result = Endpoint | string

/** Asks another host for a connection. Returns a function that cancels the attempt. */
const ask = (
  world: World,
  host: Host,
  [local, asked]: readonly [SocketAddress.Resolved, SocketAddress.Resolved],
  there: Host,
  done: (result: Result) => void
): (() => void) => {
  let release = host.allocate(local, true)
  let isWanted = true
  /** Our end of the connection that the other host has made. Set only while the answer of that host is in flight. */
  let made: Endpoint | undefined
  const settle = (result: Result) => {
    if (!isWanted) return
    leave()
    if (typeof result === "string") {
      release()
      made?.abort()
    }
    made = undefined
    done(result)
  }
  const leave = () => {
    isWanted = false
    host.callers.delete(vanish)
  }
  /**
   * Called when our host has crashed. The attempt fails after `dying` milliseconds, as operations on the sockets of the
   * host do.
   */
  const vanish = () => {
    leave()
    made = undefined
    question.cut()
    answer.cut()
    world.timeline.after(dying, () => done("ENETDOWN"))
  }
  const flow = (
    from: Host,
    to: Host,
    [here, other]: readonly [SocketAddress.Resolved, SocketAddress.Resolved],
    vanished = () => {}
  ) =>
    new Flow(
      world.link(from, to, asked),
      {
        id: 0,
        from: format(here),
        to: format(other),
        gaveUp: () => settle("ETIMEDOUT"),
        torn: () => settle("ECONNREFUSED"),
        vanished
      },
      whenConnecting
    )
  const question = flow(host, there, [local, asked])
  const answer = flow(there, host, [asked, local], () => {
    // The other host has crashed and will not retransmit its answer. So the connect is sent again.
    made?.vanish()
    made = undefined
    release = host.allocate(local, true)
    question.carry("connect", undefined, arrive)
  })
  const arrive = () => {
    // If the attempt was canceled meanwhile, the listener must not see it.
    if (!isWanted) return
    const listening = world.listeningAt(there, asked)
    if (listening !== undefined) {
      const one = world.join({ host, local, asked, release }, there, listening)
      made = one
      answer.carry("accept", undefined, () => settle(one))
    } else {
      world.record("refuse", [there.name, host.name], asked, local)
      const code = asked._tag === "Unix" ? "ENOENT" : "ECONNREFUSED"
      answer.carry("refuse", undefined, () => settle(code))
    }
  }
  world.record("connect", [host.name, there.name], local, asked)
  host.callers.add(vanish)
  question.carry("connect", undefined, arrive)
  return () => {
    if (!isWanted) return
    leave()
    question.cut()
    answer.cut()
    release()
    made?.abort()
  }
}

const reach = (
  world: World,
  host: Host,
  asked: SocketAddress.Resolved,
  options: DialOptions,
  done: (result: Result) => void
): (() => void) => {
  const there = world.route(host, asked)
  const local = there === undefined ? "ENETUNREACH" : departure(world, host, asked, options)
  if (there !== undefined && typeof local !== "string") {
    return ask(world, host, [local, asked], there, done)
  }
  done(local as string)
  return () => {}
}

export const dial =
  (world: World, host: Host): Driver["dial"] =>
  (address, options, own) =>
    Effect.uninterruptibleMask(restore =>
      Effect.flatMap(Clock.currentTimeMillis, started => {
        const bad = badSource(host, address, options)
        if (bad !== undefined) return dialFailed(address, bad, started, "AddressNotAvailable")
        let result: Endpoint | string | undefined
        const reached = Effect.async<void>(resume =>
          Effect.sync(
            reach(world, host, address, options, done => {
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
              ? own(connectionOn(result, world.timeline, options))
              : dialFailed(address, result ?? "", started)
        })
      })
    )

export const dialFailed = (
  address: SocketAddress.Resolved,
  code: string,
  started: number,
  why?: ConnectReason
): Effect.Effect<never, ConnectError> =>
  Effect.flatMap(Clock.currentTimeMillis, now => {
    const reason = why ?? connectReason(code)
    const attempt = { address, outcome: reason, code, elapsed: Duration.millis(now - started) }
    const by = reason === "TimedOut" ? ("kernel" as const) : undefined
    return Effect.fail(new ConnectError({ reason, address, attempts: [attempt], code, by }))
  })
