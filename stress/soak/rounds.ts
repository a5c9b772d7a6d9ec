/** The rounds of a soak. In each round the library meets a randomly drawn peer, and the outcome must be the expected one. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Client from "../../src/Client.ts"
import type { Random } from "../../src/internal/conformance/kit/bytes.ts"
import { equal, fails } from "../../src/internal/conformance/kit/expect.ts"
import * as Network from "../../src/Network.ts"
import * as Server from "../../src/Server.ts"
import type * as SocketAddress from "../../src/SocketAddress.ts"
import { type Row, tcp, unix } from "../../test/conformance/transports.ts"
import { full } from "../../test/hostile/backlog.ts"
import type { Maker } from "../../test/hostile/makers.ts"
import { accepts, connects, conversations } from "../../test/hostile/meeting.ts"
import { greeting, names, needsProcess } from "../../test/hostile/peers.ts"

export interface Round {
  readonly title: string
  readonly run: Effect.Effect<void, unknown, Network.Network | Scope.Scope>
}

/** Peers and servers that exist for the whole soak. */
export interface Cast {
  readonly maker: Maker
  readonly flood: number
  /** Listeners of the peers whose backlog is full. */
  readonly full: { readonly tcp: SocketAddress.Resolved; readonly unix: SocketAddress.Resolved }
  /** Servers of the library that greet each client. */
  readonly greeters: ReadonlyArray<SocketAddress.Resolved>
}

/** Not a `TestServer`: that keeps 1,000 records, so its memory grows until there are as many. */
const greeter = (address: SocketAddress.Resolved) =>
  Effect.gen(function* () {
    const listener = yield* Network.listen(address)
    yield* Effect.forkScoped(Server.serve(listener, socket => socket.sendText(greeting)))
    return listener.address
  })

const pathOf = (address: SocketAddress.Resolved) => (address._tag === "Unix" ? address.path : undefined)

export const makeCast = (maker: Maker, flood: number) =>
  Effect.gen(function* () {
    const [overTcp, overUnix] = yield* Effect.all([full(maker), full(maker, pathOf(yield* unix.free))])
    const greeters = yield* Effect.all([greeter(yield* tcp.free), greeter(yield* unix.free)])
    return { maker, flood, full: { tcp: overTcp.address, unix: overUnix.address }, greeters } satisfies Cast
  })

/** Turns off the memory checks of the conversations: other rounds use memory too. The figures of the soak check it. */
const withoutMemory = (on: Row): Row => ({ ...on, memory: Effect.succeed(0) })

const transports = [withoutMemory(tcp), withoutMemory(unix)]

const draw = <A>(random: Random, from: ReadonlyArray<A>): A => from[random.int(0, from.length - 1)]!

const meeting = (random: Random, cast: Cast, isKilling: boolean): Round => {
  const conversation = draw(
    random,
    conversations.filter(({ peer }) => needsProcess(peer) === isKilling)
  )
  const [side, meet] = draw(random, [["connects to", connects] as const, ["accepts", accepts] as const])
  const on = draw(random, transports)
  return {
    title: `the library ${side} a peer over ${on.name} that ${conversation.title}`,
    run: meet(cast.maker, on, conversation, cast.flood)
  }
}

/** A hostile client visits one of the `greeters`, which must then greet the next client. */
const visit = (random: Random, cast: Cast): Round => {
  const peer = draw(
    random,
    names.filter(name => !needsProcess(name))
  )
  const address = draw(random, cast.greeters)
  return {
    title: `the server at ${address} greets the next client after ${peer}`,
    run: Effect.gen(function* () {
      yield* cast.maker.visit(peer, address)
      equal(yield* Client.receiveOnce(address), greeting, "the greeting")
    })
  }
}

const knock = (random: Random, cast: Cast): Round =>
  random.int(0, 1) === 0
    ? {
        title: "connect to a listener with a full backlog fails with TimedOut",
        run: fails(Network.connect(cast.full.tcp, { timeout: "100 millis" }), "ConnectError", "TimedOut", "connect")
      }
    : {
        title: "connect to a Unix listener with a full backlog fails with BacklogFull",
        run: fails(Network.connect(cast.full.unix), "ConnectError", "BacklogFull", "connect")
      }

/** Draws the next round. With `isKilling`, its peer needs a process of its own; such rounds are slow, so they are rare. */
export const drawRound = (random: Random, cast: Cast, isKilling: boolean): Round => {
  const lot = random.int(1, 100)
  return isKilling || lot <= 85
    ? meeting(random, cast, isKilling)
    : lot <= 97
      ? visit(random, cast)
      : knock(random, cast)
}
