/**
 * One attempt at one address of a simulated world.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as SocketAddress from "../../SocketAddress.ts"
import { ConnectError } from "../../SocketError.ts"
import type { Driver } from "../driver.ts"
import { connectReason } from "../reasons.ts"
import type { Endpoint } from "./endpoint.ts"
import type { Host } from "./host.ts"
import { SimulatedTransport } from "./transport.ts"
import type { Caller, World } from "./world.ts"

type Bound = SocketAddress.Inet | SocketAddress.Unix

/** Where a connection to an address comes from, or a code. */
const departure = (world: World, host: Host, asked: Bound): Bound | string => {
  if (host.descriptorsLeft <= 0) return "EMFILE"
  if (asked._tag === "Unix") return SocketAddress.unixUnnamed
  const source = world.sourceOf(host, asked)
  if (source === undefined) return "ENETUNREACH"
  const port = host.freePort()
  return port === undefined ? "EADDRNOTAVAIL" : SocketAddress.unsafeInet(source, port)
}

/** What comes of an attempt: one end of a connection, or a code. Gives what takes back the wish for it. */
const reach = (world: World, host: Host, asked: Bound, done: (result: Endpoint | string) => void): (() => void) => {
  const there = world.route(host, asked)
  const local = there === undefined ? "ENETUNREACH" : departure(world, host, asked)
  if (there === undefined || typeof local === "string") {
    done(local as string)
    return () => {}
  }
  const caller: Caller = { host, local, asked, release: host.hold(local, true) }
  const latency = world.latency(host, there)
  let isWanted = true
  /** Until the answer to it has come. */
  let made: Endpoint | undefined
  const answer = (result: Endpoint | string) =>
    world.timeline.after(latency, () => {
      if (!isWanted) return
      if (typeof result === "string") caller.release()
      made = undefined
      done(result)
    })
  world.record("connect", local, asked)
  world.timeline.after(latency, () => {
    // Whoever has gone meanwhile does not answer to the answer, and is never seen.
    if (!isWanted) return
    const door = there.doorAt(asked)
    if (door !== undefined) {
      made = world.join(caller, there, door)
      answer(made)
    } else {
      world.record("refuse", asked, local)
      answer(asked._tag === "Unix" ? "ENOENT" : "ECONNREFUSED")
    }
  })
  return () => {
    isWanted = false
    caller.release()
    made?.abort()
  }
}

export const dial =
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
