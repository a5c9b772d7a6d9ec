/** Broken ways to connect, to listen, and to let go. */
import * as net from "node:net"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { driver } from "../transports.ts"
import { type Broken, onDriver, onService, onTransport } from "./breaking.ts"

/** What the broken ones leave open, for good. */
const leaked = Effect.runSync(Scope.make())

/** For after the tests. */
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
    caughtBy: "what one end sends, the other receives, also when it has been waiting for it",
    saying: /^nothing should be left open, but there is: .*TCPServerWrap: \d+ before, \d+ after/,
    statement: onDriver({
      ...driver,
      dial: (address, options, own) => Effect.zipRight(leakServer, driver.dial(address, options, own))
    })
  },
  {
    wrong: "leaks a fiber",
    caughtBy: "what one end sends, the other receives, also when it has been waiting for it",
    saying: /^nothing should be left open, but there is: .*fibers: 0 before, 2 after$/,
    statement: onDriver({
      ...driver,
      dial: (address, options, own) =>
        Effect.zipRight(Effect.forkDaemon(Effect.asVoid(Effect.never)), driver.dial(address, options, own))
    })
  },
  {
    wrong: "goes on listening when its scope has closed",
    caughtBy:
      "to listen twice on an address fails with AddressInUse; when the scope closes the address is free, and nobody is there",
    saying: /^connect after the scope closed: expected ConnectError Refused, got success/,
    statement: onDriver({
      ...driver,
      listen: (address, options) => Scope.extend(driver.listen(address, options), leaked)
    })
  },
  {
    wrong: "loses a connection to an accept that was interrupted",
    caughtBy: "accept, interrupted while it waits, leaves the connection to the next who asks",
    saying: /^the accept that still waits: expected it to end within 3s$/,
    statement: onDriver({
      ...driver,
      listen: (address, options) =>
        Effect.map(driver.listen(address, options), acceptor => ({
          ...acceptor,
          accept: own => Effect.flatMap(Effect.forkDaemon(acceptor.accept(own)), Fiber.join)
        }))
    })
  },
  {
    wrong: "waits for a connection for longer than it was told to",
    caughtBy: "a connect whose time is over fails with TimedOut, by timeout, with the attempt that it was at",
    saying: /^connect to an address that does not answer: expected ConnectError TimedOut, got .*within 3s/,
    statement: onService(good => ({
      ...good,
      connect: (target, options) => good.connect(target, { ...options, timeout: Duration.infinity })
    }))
  },
  {
    wrong: "does not know its own address",
    caughtBy: "addresses match across both ends, and stay known after the close",
    saying: /^where the listener is: expected/,
    statement: onTransport(good => ({ localAddress: good.remoteAddress }))
  }
]
