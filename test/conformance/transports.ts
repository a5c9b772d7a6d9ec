/**
 * The table of transports. All that knows a platform is here.
 */
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { dial } from "../../src/internal/node/dial.ts"
import { listen } from "../../src/internal/node/listen.ts"
import { hostname } from "../../src/internal/node/names.ts"
import * as Network from "../../src/Network.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { ResolveError } from "../../src/SocketError.ts"
import type { Address, Open, TransportUnderTest, WithNames } from "./contract.ts"

const turn = Effect.async<void>(resume => {
  setImmediate(() => resume(Effect.void))
})

const descriptors = "/proc/self/fd"

/** Of listeners that pile up on one emitter, among others. */
let warnings = 0
process.on("warning", () => {
  warnings += 1
})

/** Descriptors where the system shows them, what keeps the process alive, and what Node warned of. */
const open = Effect.sync((): Open => {
  const counts: Record<string, number> = { warnings }
  for (const kind of process.getActiveResourcesInfo()) {
    // A turn of the loop is what we wait with.
    if (kind !== "Immediate") counts[kind] = (counts[kind] ?? 0) + 1
  }
  if (fs.existsSync(descriptors)) counts["descriptors"] = fs.readdirSync(descriptors).length
  return counts
})

const memory = Effect.sync(() => {
  const { external, heapUsed } = process.memoryUsage()
  return external + heapUsed
})

const withNames: WithNames = (names, silent = []) =>
  Layer.succeed(
    Network.Network,
    Network.make({
      hostname,
      listen,
      resolve: host => {
        const addresses = names[host]
        return addresses === undefined
          ? Effect.fail(new ResolveError({ reason: "NotFound", host }))
          : Effect.succeed(addresses)
      },
      dial: (address, options, own) =>
        address._tag === "Inet" && silent.includes(address.host) ? Effect.never : dial(address, options, own)
    })
  )

/** A port that was free a moment ago. */
const desertedPort = (host: string): Effect.Effect<Address> =>
  Network.listen(SocketAddress.unsafeInet(host, 0)).pipe(
    Effect.map(listener => listener.address),
    Effect.scoped,
    Effect.provide(NodeNetwork.layer),
    Effect.orDie
  )

const temporaryPath: TransportUnderTest["free"] = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "conformance-"))),
  directory => Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
).pipe(Effect.map(directory => SocketAddress.unsafeUnix(path.join(directory, "s"))))

/** What all sockets of Node have in common. The kernel may hold some MiB of a connection on each side. */
const ofNode = {
  layer: NodeNetwork.layer,
  clogBytes: 24 * 1024 * 1024,
  turn,
  open,
  memory,
  memoryBound: 24 * 1024 * 1024
}

const inet = (name: string, host: string, other: string, broadcast: string, skip?: string): TransportUnderTest => ({
  ...ofNode,
  name,
  skip,
  free: Effect.succeed(SocketAddress.unsafeInet(host, 0)),
  deserted: desertedPort(host),
  desertedReason: "Refused",
  unroutable: SocketAddress.unsafeInet(broadcast, 9),
  withNames,
  hosts: { free: host, other },
  cannot: {}
})

export const tcp: TransportUnderTest = inet("TCP over IPv4", "127.0.0.1", "::1", "255.255.255.255")

/** Why nothing can listen there. */
const cannotListen = (host: string): Promise<string | undefined> =>
  new Promise(resolve => {
    const server = net.createServer()
    server.once("error", error => resolve(`cannot listen on ${host} here: ${error.message}`))
    server.listen(0, host, () => server.close(() => resolve(undefined)))
  })

export const tcp6: TransportUnderTest = inet("TCP over IPv6", "::1", "127.0.0.1", "ff02::1", await cannotListen("::1"))

const aPath = "a Unix socket has a path"

export const unix: TransportUnderTest = {
  ...ofNode,
  name: "Unix sockets",
  free: temporaryPath,
  deserted: temporaryPath,
  desertedReason: "NotFound",
  cannot: {
    reset: "a Unix socket has no reset: abort closes, and the peer sees the end",
    ports: `${aPath}, not a port`,
    names: `${aPath}, not a name`,
    unroutable: `${aPath}, and no route`,
    racing: `${aPath}, not a name`
  }
}
