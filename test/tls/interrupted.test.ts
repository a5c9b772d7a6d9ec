/** Handshakes that are interrupted at each step, and handshakes with peers that do not speak TLS or do not answer. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { interruptEverywhere, leavingNothing } from "../../src/internal/conformance/kit/index.ts"
import * as Network from "../../src/Network.ts"
import * as NodeTls from "../../src/NodeTls.ts"
import * as Tls from "../../src/Tls.ts"
import { simulated, tcp } from "../conformance/transports.ts"
import { authority, clientOn, identity, serverOn } from "./kit.ts"

for (const row of [tcp, simulated]) {
  // Node's TLS finishes its work in later turns of the event loop, also over a simulated network.
  const on = { ...row, turn: tcp.turn }

  describe(`an interrupted handshake, ${on.name}`, () => {
    const test = <E>(title: string, program: Effect.Effect<void, E, Network.Network | Tls.Tls>) =>
      it.live(title, () => leavingNothing(on, Effect.provide(program, [on.layer, NodeTls.layer])))

    test(
      "leaves nothing, at each step of a client",
      Effect.scoped(
        Effect.gen(function* () {
          const context = yield* Tls.context({ ca: authority.certificate, identity })
          const listener = yield* Tls.listen(yield* on.free, { context })
          const connect = Tls.connect(listener.address, { context, name: "localhost" })
          yield* interruptEverywhere(on, Effect.scoped(connect), Effect.void, () => Effect.void)
          // The listener still serves.
          const socket = yield* connect
          yield* socket.sendText("hello")
        })
      )
    )

    test(
      "leaves nothing, at each step of a server",
      Effect.scoped(
        Effect.gen(function* () {
          const context = yield* Tls.context({ ca: authority.certificate, identity })
          const listener = yield* Network.listen(yield* on.free)
          const accept = Effect.flatMap(listener.accept, socket => Tls.server(socket, { context }))
          const connect = Tls.connect(listener.address, { context, name: "localhost" })
          yield* Effect.forkScoped(Effect.forever(Effect.ignore(Effect.scoped(Effect.asVoid(connect)))))
          yield* interruptEverywhere(on, Effect.scoped(accept), Effect.void, () => Effect.void)
          yield* Effect.scoped(accept)
        })
      )
    )

    test(
      "resets the connection below",
      Effect.scoped(
        Effect.gen(function* () {
          for (const side of [clientOn, serverOn]) {
            const [a, b] = yield* Network.pair
            const fiber = yield* Effect.fork(Effect.scoped(side(a)))
            // A client has sent its first flight. A server waits for it.
            if (side === clientOn) yield* b.recvExactly(1)
            else yield* Effect.repeatN(on.turn, 20)
            yield* Fiber.interrupt(fiber)
            const rest = yield* Effect.either(
              Effect.forever(
                Effect.flatMap(
                  b.recv(65_536),
                  Option.match({ onNone: () => Effect.fail({ reason: "the end" }), onSome: () => Effect.void })
                )
              )
            )
            assert.strictEqual(rest._tag === "Left" && rest.left.reason, "Reset")
          }
        })
      )
    )

    test(
      "interrupts the effect that chooses a context by name",
      Effect.scoped(
        Effect.gen(function* () {
          const asked = yield* Deferred.make<string>()
          const ended = yield* Deferred.make<void>()
          const sni = (name: string) =>
            Deferred.succeed(asked, name).pipe(
              Effect.zipRight(Effect.never),
              Effect.onInterrupt(() => Deferred.succeed(ended, undefined))
            )
          const [a, b] = yield* Network.pair
          yield* Effect.forkScoped(Effect.ignore(clientOn(a)))
          const fiber = yield* Effect.fork(Effect.scoped(serverOn(b, { sni })))
          assert.strictEqual(yield* Deferred.await(asked), "localhost")
          yield* Fiber.interrupt(fiber)
          yield* Deferred.await(ended)
        })
      )
    )
  })
}
