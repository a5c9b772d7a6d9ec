/** Addresses on which a listen succeeds or conflicts. Only over TCP. */
import * as Effect from "effect/Effect"
import { roundTrip } from "../../src/internal/conformance/kit/pairs.ts"
import type * as Listener from "../../src/Listener.ts"
import * as Network from "../../src/Network.ts"
import { allThatIsLeft, toTheEnd } from "./conversation.ts"
import type { Script } from "./script.ts"

const portOf = ({ address }: Pick<Listener.Listener, "address">): number => (address._tag === "Inet" ? address.port : 0)

const hosts = ["127.0.0.1", "127.0.0.2", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]"]

/** Two listeners on the same port. */
const together = (first: string, second: string, ipv6Only: boolean): Script => ({
  title: `a listener on ${first}, and another on ${second} at the same port${ipv6Only ? ", both IPv6 only" : ""}`,
  run: on =>
    Effect.gen(function* () {
      const options = { ipv6Only }
      const listener = yield* on.tell("the first", Network.listen(`${first}:0`, options))
      yield* on.tell("the second", Network.listen(`${second}:${portOf(listener!)}`, options))
      yield* listener!.close
      yield* on.tell("the second alone", Network.listen(`${second}:${portOf(listener!)}`, options))
    })
})

/** A listener on the port of a client. */
const besideClient = (how: string, host: string, options?: Network.ListenOptions): Script => ({
  title: `a listener on ${host}${how} at the port of a client on 127.0.0.1`,
  run: on =>
    Effect.gen(function* () {
      const listener = yield* Network.listen("127.0.0.1:0")
      const client = yield* Network.connect(listener.address)
      const port = client.localAddress._tag === "Inet" ? client.localAddress.port : 0
      yield* on.tell("the client", Effect.succeed(client))
      yield* on.tell("to listen there", Network.listen(`${host}:${port}`, options))
      yield* client.abort
      yield* on.tell("to listen there after the client is gone", Network.listen(`${host}:${port}`, options), {
        "it is free": `${host}:<A>`,
        "the system remembers an earlier client that had the port": `ListenError: listen ${host}:<A>: address already in use (EADDRINUSE) {reason AddressInUse, address ${host}:<A>, code EADDRINUSE}`
      })
    })
})

export const listening: ReadonlyArray<Script> = [
  ...hosts.flatMap(first => hosts.map(second => together(first, second, false))),
  together("[::]", "0.0.0.0", true),
  together("0.0.0.0", "[::]", true),
  together("[::]", "[::]", true),
  together("[::]", "[::1]", true),
  together("[::]", "127.0.0.1", true),
  besideClient("", "127.0.0.1"),
  besideClient("", "0.0.0.0"),
  besideClient("", "[::]"),
  besideClient(" (IPv6 only)", "[::]", { ipv6Only: true }),
  besideClient("", "[::1]"),
  besideClient("", "127.0.0.2"),
  {
    title: "a listener on an address of another machine",
    run: on =>
      Effect.gen(function* () {
        yield* on.tell("IPv4", Network.listen("192.0.2.1:0"))
        yield* on.tell("IPv4, with a port", Network.listen("192.0.2.1:80"))
        yield* on.tell("IPv6", Network.listen("[2001:db8::1]:0"))
      })
  },
  {
    title: "a listener on a name has the first address of the name",
    run: on =>
      on.tell(
        "localhost",
        Effect.map(Network.listen("localhost:0"), ({ address }) => address)
      )
  },
  {
    title: "a second listener on the same address, by address and by text, and again after the first has closed",
    run: on =>
      Effect.gen(function* () {
        const listener = yield* on.tell("the first", Network.listen("127.0.0.1:0"))
        yield* on.tell("by address", Network.listen(listener!.address))
        yield* on.tell("by text", Network.listen(`127.0.0.1:${portOf(listener!)}`))
        yield* on.tell("the close", listener!.close)
        yield* on.tell("the close again", listener!.close)
        yield* on.tell("accept", listener!.accept)
        yield* on.tell("a connect", Network.connect(listener!.address))
        const again = yield* on.tell("by address", Network.listen(listener!.address))
        yield* on.tell("a connect", Network.connect(listener!.address))
        yield* on.tell("accept", again!.accept)
      })
  },
  {
    title: "a listener closes while its accepted connection stays open, and another listener takes its port",
    run: on =>
      Effect.gen(function* () {
        const listener = yield* Network.listen("127.0.0.1:0")
        const client = yield* Network.connect(listener.address)
        const server = yield* listener.accept
        yield* on.tell("the first connection", Effect.succeed(client))
        yield* on.tell("the close", listener.close)
        yield* on.tell("there and back", roundTrip(client, server))
        const next = yield* on.tell("the next listener", Network.listen(listener.address))
        const second = yield* on.tell("the second connection", Network.connect(listener.address))
        const accepted = yield* on.tell("the accept", next!.accept)
        yield* on.tell("there and back, on the second", roundTrip(second!, accepted!))
        yield* on.tell("there and back, on the first", roundTrip(client, server))
        yield* on.tell("the next closes", next!.close)
        yield* on.tell(
          "there and back, on both",
          Effect.all([roundTrip(client, server), roundTrip(second!, accepted!)])
        )
      })
  },
  ...(["client", "server"] as const).map(
    (first): Script => ({
      title: `a new listener can use the port at once, after a connection that the ${first} closed first (3 times)`,
      run: on =>
        Effect.gen(function* () {
          const { address } = yield* Effect.scoped(Network.listen("127.0.0.1:0"))
          for (const round of ["one", "two", "three"]) {
            const listener = yield* on.tell(`listener ${round}`, Network.listen(address))
            const client = yield* Network.connect(address)
            const server = yield* listener!.accept
            const [one, other] = first === "client" ? [client, server] : [server, client]
            yield* one.close
            yield* on.tell("the other", toTheEnd(other))
            yield* other.close
            yield* listener!.close
          }
        })
    })
  ),
  {
    title: "a connection ends normally after its listener has closed",
    run: on =>
      Effect.gen(function* () {
        const listener = yield* Network.listen("127.0.0.1:0")
        const client = yield* Network.connect(listener.address)
        const server = yield* listener.accept
        yield* listener.close
        yield* server.sendText("goodbye")
        yield* server.close
        yield* on.tell("the client", toTheEnd(client))
        yield* allThatIsLeft(on, "the client", client)
      })
  }
]
