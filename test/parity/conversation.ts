/** Parts of scripts: two connected ends, and the steps that many scripts share. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { concat, utf8 } from "../../src/internal/conformance/kit/bytes.ts"
import { turns } from "../../src/internal/conformance/kit/pairs.ts"
import * as Network from "../../src/Network.ts"
import type * as Socket from "../../src/Socket.ts"
import type { Script, Stage } from "./script.ts"

type Needs = Network.Network | Scope.Scope

/** A script about a connection. It is mainly about the first of the two ends. */
type Talk = (on: Stage, one: Socket.Socket, other: Socket.Socket) => Effect.Effect<unknown, unknown, Needs>

/** Longer than a script may take. A script in which `closeTimeout` has to pass sets its own. */
const defaults: Network.ConnectionOptions = { closeTimeout: "10 minutes" }

/** Connects a client to a server. The listener is closed afterwards. */
export const meet = (on: Stage, options?: Network.ConnectionOptions) =>
  Effect.gen(function* () {
    const given = { ...defaults, ...options }
    const listener = yield* Network.listen(yield* on.free, given)
    const both = [Network.connect(listener.address, given), listener.accept] as const
    const [client, server] = yield* Effect.all(both, { concurrency: 2 })
    yield* listener.close
    return { client, server }
  }).pipe(Effect.orDie)

/** Makes two scripts of one: in the first script the first end is the client, in the second it is the server. */
export const conversation = (title: string, talk: Talk, options?: Network.ConnectionOptions): ReadonlyArray<Script> => [
  {
    title: `${title} (one end is the client)`,
    run: on => Effect.flatMap(meet(on, options), ({ client, server }) => talk(on, client, server))
  },
  {
    title: `${title} (one end is the server)`,
    run: on => Effect.flatMap(meet(on, options), ({ client, server }) => talk(on, server, client))
  }
]

/** Receives everything. Returns the bytes, and the result of the last receive: the end or a failure. */
export const toTheEnd = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    const pieces: Array<Uint8Array> = []
    while (true) {
      const then = yield* Effect.exit(socket.recv(64 * 1024))
      if (Exit.isFailure(then) || Option.isNone(then.value)) return { bytes: concat(pieces), then }
      pieces.push(then.value.value)
    }
  })

/** Sends until a send fails. The peer's answer to a send may take a while. */
export const untilItFails = (on: Stage, socket: Socket.Socket) =>
  Effect.gen(function* () {
    for (let tries = 0; tries < 1000; tries++) {
      yield* socket.sendAll(utf8("x"))
      yield* turns(on, 5)
    }
    return "it never failed"
  })

/** Calls every operation on a socket that is over, twice. */
export const allThatIsLeft = (on: Stage, who: string, socket: Socket.Socket) =>
  Effect.gen(function* () {
    for (const when of ["", ", again"]) {
      yield* on.tell(`${who} receives${when}`, socket.recv(10))
      yield* on.tell(`${who} sends${when}`, socket.sendAll(utf8("x")))
      yield* on.tell(`${who} sends nothing${when}`, socket.sendAll([]))
      yield* on.tell(`${who} ends its half${when}`, socket.shutdownSend)
      yield* on.tell(`${who} waits for the end${when}`, socket.awaitEnd)
      yield* on.tell(`${who} closes${when}`, socket.close)
    }
  })
