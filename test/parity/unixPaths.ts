/** The paths of Unix sockets. */
import * as Effect from "effect/Effect"
import { roundTrip } from "../../src/internal/conformance/kit/pairs.ts"
import * as Network from "../../src/Network.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { toTheEnd } from "./conversation.ts"
import type { Script } from "./script.ts"

export const unixPaths: ReadonlyArray<Script> = [
  {
    title: "a path before, during and after a listen on it",
    run: on =>
      Effect.gen(function* () {
        const path = yield* on.free
        yield* on.tell("nobody", Network.connect(path))
        const listener = yield* on.tell("to listen", Network.listen(path))
        yield* on.tell("to listen again", Network.listen(path))
        const client = yield* on.tell("a connect", Network.connect(path))
        const server = yield* on.tell("the accept", listener!.accept)
        yield* on.tell("there and back", roundTrip(client!, server!))
        yield* on.tell("the close", listener!.close)
        yield* on.tell("a connect after it", Network.connect(path))
        yield* on.tell("there and back after it", roundTrip(client!, server!))
        yield* on.tell("to listen on it once more", Network.listen(path))
      })
  },
  {
    title: "a second listener takes the path while connections of the first stay open",
    run: on =>
      Effect.gen(function* () {
        const path = yield* on.free
        const first = yield* Network.listen(path)
        const client = yield* Network.connect(path)
        const server = yield* first.accept
        yield* first.close
        const second = yield* on.tell("the second listener", Network.listen(path))
        const next = yield* on.tell("a connect", Network.connect(path))
        yield* on.tell("there and back", roundTrip(next!, yield* second!.accept))
        yield* on.tell("there and back, on the first", roundTrip(client, server))
        yield* on.tell("the server of the first goes", server.close)
        yield* on.tell("its client", toTheEnd(client))
      })
  },
  {
    title: "addresses without a path, and with a path that is too long",
    run: on =>
      Effect.gen(function* () {
        yield* on.tell("a connect to none", Network.connect(SocketAddress.unixUnnamed))
        yield* on.tell("to listen on none", Network.listen(SocketAddress.unixUnnamed))
        yield* on.tell("a connect to a text without one", Network.connect("unix:"))
        yield* on.tell("to listen on a text without one", Network.listen("unix:"))
        yield* on.tell("too long by one", Network.listen(`unix:/${"x".repeat(107)}`))
        yield* on.tell("too long in bytes", Network.listen(`unix:/${"é".repeat(54)}`))
        yield* on.tell("a connect to one that is too long", Network.connect(`unix:/${"x".repeat(107)}`))
      })
  },
  {
    title: "a Unix listener and a TCP listener do not affect each other",
    run: on =>
      Effect.gen(function* () {
        const unix = yield* on.tell("a path", Network.listen(yield* on.free))
        const inet = yield* on.tell("a port", Network.listen("127.0.0.1:0"))
        const [a, b] = [yield* Network.connect(unix!.address), yield* Network.connect(inet!.address)]
        yield* on.tell("there and back on the path", roundTrip(a, yield* unix!.accept))
        yield* on.tell("there and back on the port", roundTrip(b, yield* inet!.accept))
      })
  }
]
