/** Interrupted operations, and what both ends see. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { pattern, utf8 } from "../../src/internal/conformance/kit/bytes.ts"
import { arrived, clog, forkParked, queued, roundTrip } from "../../src/internal/conformance/kit/pairs.ts"
import * as Network from "../../src/Network.ts"
import { conversation, meet, toTheEnd } from "./conversation.ts"
import type { Script } from "./script.ts"

export const interruptions: ReadonlyArray<Script> = [
  ...["before it begins", "as soon as it began"].map(
    (when): Script => ({
      title: `a connect is interrupted ${when}, and the next client is served`,
      run: on =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          const connecting = yield* Effect.fork(
            Effect.scoped(Effect.zipRight(Network.connect(listener.address), Effect.never))
          )
          if (when !== "before it begins") yield* Effect.yieldNow()
          yield* on.tell("the connect", Effect.flatten(Fiber.interrupt(connecting)))
          const next = yield* Network.connect(listener.address)
          yield* next.sendText("next")
          yield* next.shutdownSend
          yield* on.tell("the first that is accepted", Effect.flatMap(listener.accept, toTheEnd), {
            "it was connected and its scope reset it": `{bytes "", then RecvError: recv 127.0.0.1:<A>: connection reset by peer (ECONNRESET) {reason Reset, localAddress 127.0.0.1:<B>, remoteAddress 127.0.0.1:<A>, code ECONNRESET}}`,
            "it was under way and has ended": `{bytes "", then none}`,
            "it never came, and this is the next": `{bytes "next", then none}`
          })
        })
    })
  ),
  {
    title: "an accept that is interrupted while it waits leaves the connection to the next accept",
    run: on =>
      Effect.gen(function* () {
        const listener = yield* Network.listen(yield* on.free)
        const accepting = yield* forkParked(on, listener.accept)
        yield* on.tell("the accept", Effect.flatten(Fiber.interrupt(accepting)))
        const client = yield* Network.connect(listener.address)
        yield* queued(on, listener, 1)
        yield* on.tell("stats", listener.stats)
        const server = yield* listener.accept
        yield* on.tell("there and back", roundTrip(client, server))
        yield* on.tell("stats", listener.stats)
      })
  },
  {
    title: "two accepts wait: the first is interrupted, and the second gets the connection",
    run: on =>
      Effect.gen(function* () {
        const listener = yield* Network.listen(yield* on.free)
        const first = yield* forkParked(on, listener.accept)
        const second = yield* forkParked(on, listener.accept)
        yield* on.tell("the first", Effect.flatten(Fiber.interrupt(first)))
        const client = yield* Network.connect(listener.address)
        const server = yield* Fiber.join(second)
        yield* on.tell("there and back", roundTrip(client, server))
        yield* on.tell("stats", listener.stats)
      })
  },
  {
    title: "a fiber is interrupted after it has accepted: its scope resets the connection",
    run: on =>
      Effect.gen(function* () {
        const listener = yield* Network.listen(yield* on.free)
        const serving = yield* Effect.fork(Effect.scoped(Effect.zipRight(listener.accept, Effect.never)))
        const client = yield* Network.connect(listener.address)
        const receiving = yield* forkParked(on, client.recv(1))
        yield* on.tell("the server", Effect.flatten(Fiber.interrupt(serving)))
        yield* on.tell("the client", Fiber.join(receiving))
      })
  },
  ...conversation("an interrupted receive loses nothing", (on, one, other) =>
    Effect.gen(function* () {
      const receiving = yield* forkParked(on, one.recvExactly(10))
      yield* other.sendText("hello")
      yield* arrived(on, one, 5)
      yield* on.tell("the receive", Effect.flatten(Fiber.interrupt(receiving)))
      yield* on.tell(
        "a second receive while one waits",
        Effect.gen(function* () {
          const waiting = yield* forkParked(on, one.recvExactly(10))
          const second = yield* Effect.exit(one.recv(1))
          yield* Fiber.interrupt(waiting)
          return second
        })
      )
      yield* on.tell("the one receives", one.recvExactly(5))
      yield* on.tell("with a wrong size", one.recv(0))
      yield* on.tell("with another", one.recv(1.5))
      yield* on.tell("there and back", roundTrip(one, other))
    })
  ),
  ...conversation("a send is interrupted after it has begun, and all its bytes arrive", (on, one, other) =>
    Effect.gen(function* () {
      const { sender, sent } = yield* clog(on, one, other)
      const behind = yield* forkParked(on, one.sendAll(utf8("behind")))
      yield* on.tell("the send behind it", Effect.flatten(Fiber.interrupt(behind)))
      yield* on.tell("the send", Effect.flatten(Fiber.interrupt(sender)))
      const last = yield* forkParked(on, one.sendAll(utf8("last")))
      const ending = yield* forkParked(on, one.shutdownSend)
      const { bytes, then } = yield* toTheEnd(other)
      yield* on.tell("how much more than the first", Effect.succeed(bytes.length - sent.length))
      yield* on.tell("and then", then)
      yield* on.tell("the last send", Fiber.join(last))
      yield* on.tell("the end", Fiber.join(ending))
    })
  ),
  ...conversation("a shutdownSend that waits behind a send is interrupted, and still takes effect", (on, one, other) =>
    Effect.gen(function* () {
      const { sender, sent } = yield* clog(on, one, other)
      const ending = yield* forkParked(on, one.shutdownSend)
      yield* on.tell("the shutdown", Effect.flatten(Fiber.interrupt(ending)))
      const { bytes, then } = yield* toTheEnd(other)
      yield* on.tell("whether all came", Effect.succeed(bytes.length === sent.length))
      yield* on.tell("and then", then)
      yield* on.tell("the send", Fiber.join(sender))
    })
  ),
  ...conversation("a close that waits for its flush is interrupted, and still closes", (on, one, other) =>
    Effect.gen(function* () {
      const { sent } = yield* clog(on, one, other)
      const closing = yield* forkParked(on, one.close)
      yield* on.tell("the close", Effect.flatten(Fiber.interrupt(closing)))
      yield* on.tell("a receive", one.recv(1))
      const { bytes, then } = yield* toTheEnd(other)
      yield* on.tell("whether all came", Effect.succeed(bytes.length === sent.length))
      yield* on.tell("and then", then)
    })
  ),
  {
    title: "a program is interrupted during a send: its peer receives a part and then a reset",
    run: on =>
      Effect.gen(function* () {
        const listener = yield* Network.listen(yield* on.free)
        const sent = pattern(on.clogBytes)
        const sending = yield* Effect.fork(Network.withConnection(listener.address, socket => socket.sendAll(sent)))
        const server = yield* listener.accept
        yield* arrived(on, server, 10_000)
        yield* on.tell("the program", Effect.flatten(Fiber.interrupt(sending)))
        const { bytes, then } = yield* toTheEnd(server)
        yield* on.tell("whether all came", Effect.succeed(bytes.length === sent.length))
        yield* on.tell("and then", then)
      })
  },
  {
    title: "the scope of both ends is interrupted while both ends are stuck in sends",
    run: on =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const { client, server } = yield* Scope.extend(meet(on), scope)
        const one = yield* clog(on, client, server)
        const other = yield* clog(on, server, client)
        yield* on.tell("the scope closes", Scope.close(scope, Exit.interrupt(yield* Effect.fiberId)))
        yield* on.tell("the server's send", Fiber.join(other.sender))
        const reason = Effect.mapError(Fiber.join(one.sender), error => error.reason)
        yield* on.tell("the client's send", reason, {
          "it was closed before it saw what the server did": "Closed",
          "it saw the server's reset first": "Reset",
          "it saw the server's close first, which is all that there is on Unix": "BrokenPipe"
        })
      })
  }
]
