/** The ways in which a scope ends, and what the peer sees. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Scope from "effect/Scope"
import { arrived, clog, forkParked } from "../../src/internal/conformance/kit/pairs.ts"
import * as Network from "../../src/Network.ts"
import type * as Socket from "../../src/Socket.ts"
import { toTheEnd, untilItFails } from "./conversation.ts"
import type { Script, Stage } from "./script.ts"

const waysToEnd: ReadonlyArray<readonly [how: string, exit: Exit.Exit<unknown, unknown>]> = [
  ["success", Exit.void],
  ["a typed failure", Exit.fail("wrong")],
  ["a defect", Exit.die("a defect")],
  ["an interruption", Exit.interrupt(FiberId.none)]
]

/** Makes a connection of which one end has its own scope. */
const inScope = (on: Stage, which: "client" | "server", options?: Network.ConnectionOptions) =>
  Effect.gen(function* () {
    const given = { closeTimeout: "50 millis", ...options } as const
    const scope = yield* Scope.make()
    const listener = yield* Network.listen(yield* on.free, given)
    const connect = Network.connect(listener.address, given)
    const accept = listener.accept
    const both: readonly [Effect.Effect<Socket.Socket, unknown, Network.Network | Scope.Scope>, typeof accept] =
      which === "client" ? [Scope.extend(connect, scope), accept] : [connect, Scope.extend(accept, scope)]
    const [client, server] = yield* Effect.all(both, { concurrency: 2 })
    yield* listener.close
    return which === "client" ? { scope, one: client, other: server } : { scope, one: server, other: client }
  })

export const scopes: ReadonlyArray<Script> = (["client", "server"] as const).flatMap(which =>
  waysToEnd.flatMap(
    ([how, exit]): ReadonlyArray<Script> => [
      {
        title: `the scope of the ${which} ends by ${how}, after a reply`,
        run: on =>
          Effect.gen(function* () {
            const { one, other, scope } = yield* inScope(on, which)
            yield* other.sendText("request")
            yield* arrived(on, one, 7)
            yield* on.tell("it replies", one.sendText("reply"))
            yield* arrived(on, other, 5)
            yield* on.tell("the scope closes", Scope.close(scope, exit))
            yield* on.tell("the peer receives to the end", toTheEnd(other))
            yield* on.tell("the peer sends until it fails", untilItFails(on, other))
          })
      },
      {
        title: `the scope of the ${which} ends by ${how}, while a send is unfinished`,
        run: on =>
          Effect.gen(function* () {
            const { one, other, scope } = yield* inScope(on, which)
            const { sender, sent } = yield* clog(on, one, other)
            yield* on.tell("the scope closes", Scope.close(scope, exit))
            yield* on.tell("what came of the send", Fiber.join(sender))
            const { bytes, then } = yield* toTheEnd(other)
            yield* on.tell("whether all came", Effect.succeed(bytes.length === sent.length))
            yield* on.tell("and then", then)
          })
      },
      {
        title: `the scope of the ${which} ends by ${how}, while a receive waits, and onFailure is the opposite`,
        run: on =>
          Effect.gen(function* () {
            const onFailure = how === "a typed failure" ? "reset" : "close"
            const { one, other, scope } = yield* inScope(on, which, { onFailure })
            const receiving = yield* forkParked(on, one.recv(1))
            yield* on.tell("the scope closes", Scope.close(scope, exit))
            yield* on.tell("what came of the receive", Fiber.join(receiving))
            yield* on.tell("the peer receives to the end", toTheEnd(other))
          })
      }
    ]
  )
)
