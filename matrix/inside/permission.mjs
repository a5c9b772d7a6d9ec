/**
 * Connects, listens and looks up names in a process that Node's permission model keeps from the network (`--permission`
 * without `--allow-net`). Each must fail with reason `PermissionDenied`.
 */
import * as Effect from "effect/Effect"
import * as Names from "effect-sockets/Names"
import * as Network from "effect-sockets/Network"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as SocketAddress from "effect-sockets/SocketAddress"

const operations = {
  connect: Network.connect("127.0.0.1:9"),
  "connect to a name": Network.connect("nosuch.invalid:9"),
  "connect to a Unix path": Network.connect("unix:./nosuch.sock"),
  listen: Network.listen("127.0.0.1:0"),
  "listen on a Unix path": Network.listen("unix:./nosuch.sock"),
  listenFd: Network.listenFd(0),
  resolve: Network.resolve("nosuch.invalid"),
  getnameinfo: Names.getnameinfo(SocketAddress.unsafeInet("127.0.0.1", 80))
}

let held = 0
for (const [name, operation] of Object.entries(operations)) {
  const exit = await Effect.runPromise(
    Effect.exit(Effect.provide(Effect.scoped(Effect.flip(operation)), NodeNetwork.layer))
  )
  if (exit._tag === "Success" && exit.value.reason === "PermissionDenied") held += 1
  else process.stdout.write(`${name} without --allow-net: ${String(exit)}\n`)
}

process.stdout.write(`${held} of ${Object.keys(operations).length}\n`)
process.exit(held === Object.keys(operations).length ? 0 : 1)
