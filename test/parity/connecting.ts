/** Connects that fail, and the addresses that connects reach. Only over TCP. */
import * as Effect from "effect/Effect"
import { roundTrip } from "../../src/internal/conformance/kit/pairs.ts"
import * as Network from "../../src/Network.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { toTheEnd } from "./conversation.ts"
import type { Script, Stage } from "./script.ts"

/** Returns a port on which nothing listens any more. */
const deserted = (on: Stage) =>
  Effect.map(Effect.scoped(Effect.flatMap(on.free, address => Network.listen(address))), ({ address }) =>
    address._tag === "Inet" ? address.port : 0
  )

const literals = ["127.0.0.1", "127.0.0.2", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]"]

/** Connects to one host at the port of a listener on another host, and records the addresses of both ends. */
const reaches = (listening: string, connecting: string, options?: Network.ListenOptions): Script => ({
  title: `a listener on ${listening}${options === undefined ? "" : " (IPv6 only)"}, and a connect to ${connecting}`,
  run: on =>
    Effect.gen(function* () {
      const listener = yield* Network.listen(`${listening}:0`, options)
      yield* on.tell("the listener", Effect.succeed(listener))
      const port = listener.address._tag === "Inet" ? listener.address.port : 0
      const client = yield* on.tell("the connect", Network.connect(`${connecting}:${port}`))
      if (client === undefined) return
      const server = yield* on.tell("the accept", listener.accept)
      yield* on.tell("there and back", roundTrip(client, server!))
    })
})

export const connecting: ReadonlyArray<Script> = [
  {
    title: "a connect to a port on which nothing listens any more, by address and by name",
    run: on =>
      Effect.gen(function* () {
        const port = yield* deserted(on)
        yield* on.tell("by address", Network.connect(SocketAddress.unsafeInet("127.0.0.1", port)))
        yield* on.tell("by text", Network.connect(`127.0.0.1:${port}`))
        yield* on.tell("by IPv6 address", Network.connect(`[::1]:${port}`))
        yield* on.tell("again", Network.connect(SocketAddress.unsafeInet("127.0.0.1", port)))
        yield* on.tell("by name", Network.connect(`localhost:${port}`))
      })
  },
  {
    title: "a connect to port 0: an address, a text, a name",
    run: on =>
      Effect.gen(function* () {
        yield* on.tell("an address", Network.connect(SocketAddress.unsafeInet("127.0.0.1", 0)))
        yield* on.tell("a text", Network.connect("127.0.0.1:0"))
        yield* on.tell("a name", Network.connect({ host: "localhost", port: 0 }))
      })
  },
  {
    title: "a connect to an unreachable address",
    run: on => on.tell("the connect", Network.connect("255.255.255.255:9"))
  },
  {
    title: "a connect to a text that is not a valid address",
    run: on =>
      Effect.gen(function* () {
        for (const target of ["", ":80", "a b:80", "127.1:80", "127.0.0.1", "127.0.0.1:65536", "[::1", "[::1]:x"]) {
          yield* on.tell(JSON.stringify(target), Network.connect(target))
        }
      })
  },
  {
    title: "a connect to localhost finds a listener of either family, and the socket has its address",
    run: on =>
      Effect.gen(function* () {
        for (const host of ["127.0.0.1", "[::1]"]) {
          const listener = yield* Network.listen(`${host}:0`)
          const port = listener.address._tag === "Inet" ? listener.address.port : 0
          const client = yield* on.tell("the connect", Network.connect({ host: "localhost", port }))
          const server = yield* on.tell("the accept", listener.accept)
          yield* on.tell("there and back", roundTrip(client!, server!))
          yield* listener.close
        }
      })
  },
  {
    title: "a name resolves to its addresses, and a literal to itself",
    run: on =>
      Effect.gen(function* () {
        // Without a family, the addresses of localhost depend on the hosts file.
        for (const host of ["localhost", "127.0.0.1", "::1", "a..b", "127.1", ""]) {
          if (host !== "localhost") yield* on.tell(JSON.stringify(host), Network.resolve(host))
          yield* on.tell(`${JSON.stringify(host)}, IPv4`, Network.resolve(host, { family: "IPv4" }))
          yield* on.tell(`${JSON.stringify(host)}, IPv6`, Network.resolve(host, { family: "IPv6" }))
        }
      })
  },
  {
    title: "a connect to the port of a client is refused, because a client does not listen",
    run: on =>
      Effect.gen(function* () {
        const listener = yield* Network.listen("127.0.0.1:0")
        const client = yield* Network.connect(listener.address)
        yield* on.tell("the connect", Network.connect(client.localAddress))
        yield* on.tell(
          "the accept",
          Effect.flatMap(listener.accept, server => server.close)
        )
        yield* on.tell("the client", toTheEnd(client))
      })
  },
  {
    title: "clients of one listener have different ports, and it knows them",
    run: on =>
      Effect.gen(function* () {
        const listener = yield* Network.listen("127.0.0.1:0")
        yield* on.tell("the listener", Effect.succeed(listener))
        for (const client of ["one", "two", "three"]) {
          yield* on.tell(client, Network.connect(listener.address))
          yield* on.tell(`the accept of ${client}`, listener.accept)
        }
      })
  },
  ...["127.0.0.1", "[::1]", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "127.0.0.2"].flatMap(host =>
    literals.map(to => reaches(host, to))
  ),
  ...["127.0.0.1", "[::1]"].map(to => reaches("[::]", to, { ipv6Only: true }))
]
