/** The examples `chat` and `election` over TCP, on the loopback. These tests wait for events, not for fixed times. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Queue from "effect/Queue"
import * as Network from "effect-sockets/Network"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as SocketAddress from "effect-sockets/SocketAddress"
import * as client from "../../examples/chat/client.ts"
import * as server from "../../examples/chat/server.ts"
import { byMajority } from "../../examples/election/elected.ts"
import * as member from "../../examples/election/member.ts"

const loopback = SocketAddress.unsafeInet("127.0.0.1", 0)

/** A chat client. `hears` waits until it receives a line. `joins` sends a line again and again until it receives it. */
const chatter = (address: Network.Target) =>
  Effect.gen(function* () {
    const mine = yield* Queue.unbounded<string>()
    const heard = yield* Queue.unbounded<string>()
    yield* Effect.forkScoped(client.program(address, mine, line => Queue.offer(heard, line)))
    const says = (line: string) => Queue.offer(mine, line)
    const hears = (line: string) => Effect.repeat(Queue.take(heard), { until: it => it === line })
    // A line sent while the server is down may be lost.
    const joins = (line: string) => Effect.raceFirst(Effect.forever(Effect.delay(says(line), "50 millis")), hears(line))
    return { says, hears, joins }
  })

describe("the chat", () => {
  it.scopedLive("continues after its server has restarted", () =>
    Effect.gen(function* () {
      const listener = yield* Network.listen(loopback)
      const first = yield* Effect.forkScoped(server.serve(listener))
      const [ann, bob] = yield* Effect.all([chatter(listener.address), chatter(listener.address)])
      yield* ann.joins("ann is here")
      yield* bob.joins("bob is here")
      yield* ann.says("hello")
      yield* bob.hears("hello")
      yield* Fiber.interrupt(first)
      yield* listener.close
      yield* Effect.forkScoped(server.program(listener.address))
      yield* ann.joins("ann is back")
      yield* bob.joins("bob is back")
      yield* bob.says("hello again")
      yield* ann.hears("hello again")
    }).pipe(Logger.withMinimumLogLevel(LogLevel.None), Effect.provide(NodeNetwork.layer))
  )
})

describe("an election", () => {
  it.scopedLive("elects a leader", () =>
    Effect.gen(function* () {
      const elected = yield* Deferred.make<string>()
      const listeners = yield* Effect.replicateEffect(Network.listen(loopback), 3)
      const names = listeners.map(({ address }) => `${address}`)
      for (const listener of listeners) {
        const others = listeners.filter(other => other !== listener)
        const options: member.Options = {
          name: `${listener.address}`,
          peers: others.map(({ address }) => address),
          isElected: byMajority(3),
          onElected: name => Deferred.succeed(elected, name)
        }
        yield* Effect.forkScoped(member.serve(listener, options))
      }
      assert.include(names, yield* Deferred.await(elected))
    }).pipe(Logger.withMinimumLogLevel(LogLevel.None), Effect.provide(NodeNetwork.layer))
  )
})
