/**
 * Conformance properties about `connect`: the addresses that it tries, its errors and its timeout.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Network from "../../../Network.ts"
import * as SocketAddress from "../../../SocketAddress.ts"
import * as SocketError from "../../../SocketError.ts"
import { type Chapter, check, equal, fails, roundTrip, type TransportUnderTest } from "../kit/index.ts"

const portOf = (address: SocketAddress.SocketAddress): number => (address._tag === "Unix" ? 0 : address.port)

const theOnlyAttempt = (error: unknown, address: SocketAddress.SocketAddress, reason: string) => {
  if (!(error instanceof SocketError.ConnectError)) throw error
  const { attempts, address: asked, message } = error
  equal(asked, address, "the address in the error")
  equal(
    attempts.map(attempt => [attempt.address, attempt.outcome]),
    [[address, reason]],
    "the attempts and their outcomes"
  )
  check(message.includes(SocketAddress.format(address)), `the message should contain the address: ${message}`)
}

const inetOf = (address: SocketAddress.SocketAddress): SocketAddress.Inet => {
  if (address._tag !== "Inet") throw new TypeError(`not an IP address: ${SocketAddress.format(address)}`)
  return address
}

/** Returns an address of this machine with a port that no socket uses. */
const freeSource = (on: TransportUnderTest) =>
  Effect.scoped(Effect.map(Effect.flatMap(on.free, Network.listen), ({ address }) => inetOf(address)))

export const connecting: Chapter = {
  title: "connecting",
  properties: [
    {
      title: "if nothing listens on an address, connect fails; the error has the reason, the address and the attempt",
      run: on =>
        Effect.gen(function* () {
          const address = yield* on.deserted
          const error = yield* fails(Network.connect(address), "ConnectError", on.desertedReason, "connect")
          theOnlyAttempt(error, address, on.desertedReason)
        })
    },
    {
      title:
        "without a route, connect fails with NetworkUnreachable or HostUnreachable; the error has the address and the attempt",
      needs: ["unroutable"],
      run: on =>
        Effect.gen(function* () {
          const reasons = ["NetworkUnreachable", "HostUnreachable"]
          const error = yield* fails(Network.connect(on.unroutable!), "ConnectError", reasons, "connect")
          theOnlyAttempt(error, on.unroutable!, "reason" in error ? error.reason : "")
        })
    },
    {
      title: "a connect with localAddress and localPort comes from this address, which both ends then have",
      needs: ["localAddress"],
      run: on =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          const source = yield* freeSource(on)
          const options = { localAddress: source.host, localPort: source.port }
          const [a, b] = yield* Effect.all([Network.connect(listener.address, options), listener.accept], {
            concurrency: 2
          })
          equal([a.localAddress, b.remoteAddress], [source, source], "the addresses of the client")
          yield* roundTrip(a, b)
          yield* fails(
            Network.connect(listener.address, options),
            "ConnectError",
            "NoLocalPort",
            "a second connection from this port to the same address"
          )
        })
    },
    {
      title: "a connect from the port of a listener fails with AddressInUse",
      needs: ["localAddress"],
      run: on =>
        Effect.gen(function* () {
          const [listener, other] = yield* Effect.all(
            [on.free, on.free].map(free => Effect.flatMap(free, Network.listen))
          )
          const { host, port } = inetOf(other!.address)
          const connect = Network.connect(listener!.address, { localAddress: host, localPort: port })
          yield* fails(connect, "ConnectError", "AddressInUse", "connect from the port of a listener")
        })
    },
    {
      title: "a connect from an address that this machine does not have fails with AddressNotAvailable",
      needs: ["localAddress"],
      run: on =>
        Effect.gen(function* () {
          const { address } = yield* Network.listen(yield* on.free)
          const [foreign, other] =
            inetOf(address).family === "IPv4" ? ["192.0.2.1", "::1"] : ["2001:db8::1", "127.0.0.1"]
          for (const localAddress of [foreign, other]) {
            const error = yield* fails(
              Network.connect(address, { localAddress }),
              "ConnectError",
              "AddressNotAvailable",
              `connect from ${localAddress}`
            )
            theOnlyAttempt(error, address, "AddressNotAvailable")
          }
        })
    },
    {
      title: "connect and listen fail with ResolveError if the name is unknown",
      needs: ["names"],
      run: on =>
        Effect.gen(function* () {
          const target = { host: "unknown.test", port: 808 }
          const notFound = <A, E, R>(attempt: Effect.Effect<A, E, R>) =>
            Effect.map(fails(attempt, "ResolveError", "NotFound", "an unknown name"), error =>
              check(String(error).includes("unknown.test"), `the error should contain the name: ${error}`)
            )
          yield* notFound(Network.connect(target))
          yield* notFound(Network.listen(target))
        }).pipe(Effect.provide(on.names!.layer({})))
    },
    {
      title:
        "connect tries the addresses of a name, IPv6 first, until one answers; if none does, the error has every attempt",
      needs: ["names"],
      run: on => {
        const { free, layer, other } = on.names!
        return Effect.gen(function* () {
          const listener = yield* Network.listen(SocketAddress.unsafeInet(free, 0))
          const port = portOf(listener.address)
          for (const host of ["free.test", "both.test", "other-first.test"]) {
            const [a, b] = yield* Effect.all([Network.connect({ host, port }), listener.accept], { concurrency: 2 })
            equal(a.remoteAddress, listener.address, `the address of ${host} that was used`)
            yield* roundTrip(a, b)
          }
          yield* listener.close
          const error = yield* fails(
            Network.connect({ host: "both.test", port }),
            "ConnectError",
            [],
            "connect after the listener closed"
          )
          const attempts = error instanceof SocketError.ConnectError ? error.attempts : []
          const hosts = attempts.map(({ address }) => (address._tag === "Inet" ? address.host : ""))
          const inTurn = free.includes(":") ? [free, other] : [other, free]
          equal(hosts, inTurn, "the addresses that were tried")
        }).pipe(
          Effect.provide(layer({ "free.test": [free], "both.test": [free, other], "other-first.test": [other, free] }))
        )
      }
    },
    {
      title: "connect succeeds even if some addresses of the name never answer, and leaves no attempt behind",
      needs: ["names"],
      run: on => {
        const { free, layer, other } = on.names!
        const silent = free.includes(":") ? "2001:db8::1" : "192.0.2.1"
        return Effect.gen(function* () {
          const listener = yield* Network.listen(SocketAddress.unsafeInet(free, 0))
          const target = { host: "slow.test", port: portOf(listener.address) }
          const [a, b] = yield* Effect.all([Network.connect(target), listener.accept], { concurrency: 2 })
          equal(a.remoteAddress, listener.address, "the address that answered")
          yield* roundTrip(a, b)
        }).pipe(Effect.provide(layer({ "slow.test": [other, silent, free] }, [other, silent])))
      }
    },
    {
      title:
        "a connect that exceeds its timeout fails with TimedOut (by: timeout); the error has the unfinished attempt",
      needs: ["names"],
      run: on => {
        const { free, layer } = on.names!
        return Effect.gen(function* () {
          const address = SocketAddress.unsafeInet(free, 808)
          const connect = Network.connect(address, { timeout: "20 millis" })
          const error = yield* fails(connect, "ConnectError", "TimedOut", "connect to an address that does not answer")
          theOnlyAttempt(error, address, "TimedOut")
          equal("by" in error ? error.by : undefined, "timeout", "by, in the error")
        }).pipe(Effect.provide(layer({}, [free])))
      }
    }
  ]
}
