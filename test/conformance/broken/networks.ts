/** Broken ways to connect, to listen, and to release resources. */
import * as net from "node:net"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { driver } from "../transports.ts"
import { type Broken, onDriver, onService, onTransport } from "./breaking.ts"

/** Owns what the broken networks leave open. */
const leaked = Effect.runSync(Scope.make())

/** Run it after the tests. */
export const closeWhatLeaked = Scope.close(leaked, Exit.void)

const openServer = Effect.async<net.Server>(resume => {
  const server = net.createServer()
  server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
})

const leakServer = Scope.extend(
  Effect.acquireRelease(openServer, server => Effect.sync(() => server.close())),
  leaked
)

export const brokenNetworks: ReadonlyArray<Broken> = [
  {
    wrong: "leaks a listening socket",
    caughtBy: "a waiting recv returns the bytes that the other end sends",
    saying: /^left open: .*TCPServerWrap: \d+ before, \d+ after/,
    statement: onDriver({
      ...driver,
      dial: (address, options, own) => Effect.zipRight(leakServer, driver.dial(address, options, own))
    })
  },
  {
    wrong: "leaks a fiber",
    caughtBy: "a waiting recv returns the bytes that the other end sends",
    saying: /^left open: .*fibers: 0 before, 2 after$/,
    statement: onDriver({
      ...driver,
      dial: (address, options, own) =>
        Effect.zipRight(Effect.forkDaemon(Effect.asVoid(Effect.never)), driver.dial(address, options, own))
    })
  },
  {
    wrong: "keeps listening after its scope has closed",
    caughtBy:
      "a second listen on an address fails with AddressInUse; after the scope closes, connect fails and the address is free",
    saying: /^connect after the scope closed: expected ConnectError Refused, got success/,
    statement: onDriver({
      ...driver,
      listen: (address, options) => Scope.extend(driver.listen(address, options), leaked)
    })
  },
  {
    wrong: "loses a connection to an interrupted accept",
    caughtBy: "an accept that is interrupted while it waits leaves the connection to the next accept",
    saying: /^the accept that still waits: did not finish within 3s$/,
    statement: onDriver({
      ...driver,
      listen: (address, options) =>
        Effect.map(driver.listen(address, options), acceptor => ({
          ...acceptor,
          accept: Effect.flatMap(Effect.forkDaemon(Effect.flatMap(acceptor.accept, take => Effect.sync(take))), taken =>
            Effect.map(Fiber.join(taken), transport => () => transport)
          )
        }))
    })
  },
  {
    wrong: "takes a connection before the step that returns it",
    caughtBy:
      "an accept interrupted at any step returns the connection or leaves it to the next accept (the client connects before accept waits)",
    saying: /^connections that the interrupted accept returned: expected 1, got 0$/,
    statement: onDriver({
      ...driver,
      listen: (address, options) =>
        Effect.map(driver.listen(address, options), acceptor => ({
          ...acceptor,
          accept: Effect.map(acceptor.accept, take => {
            const taken = take()
            return () => taken
          })
        }))
    })
  },
  {
    wrong: "ignores the timeout of connect",
    caughtBy:
      "a connect that exceeds its timeout fails with TimedOut (by: timeout); the error has the unfinished attempt",
    saying: /^connect to an address that does not answer: expected ConnectError TimedOut, got .*within 3s/,
    statement: onService(good => ({
      ...good,
      connect: (target, options) => good.connect(target, { ...options, timeout: Duration.infinity })
    }))
  },
  {
    wrong: "reports the peer's address as its own",
    caughtBy: "the addresses of both ends match, and stay known after close",
    saying: /^the listener's address at both ends: expected/,
    statement: onTransport(good => ({ localAddress: good.remoteAddress }))
  }
]
