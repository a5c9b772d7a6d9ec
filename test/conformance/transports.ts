/**
 * The table of transports. All that knows a platform is here.
 */
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as Conformance from "../../src/Conformance.ts"
import { type TransportUnderTest, withDefaults } from "../../src/internal/conformance/kit/statement.ts"
import { dial } from "../../src/internal/node/dial.ts"
import { listen } from "../../src/internal/node/listen.ts"
import { hostname, resolve } from "../../src/internal/node/names.ts"
import { ClockTimer } from "../../src/internal/simulated/time/clockTimer.ts"
import { Timeline } from "../../src/internal/simulated/time/timeline.ts"
import { driverOf } from "../../src/internal/simulated/world/driver.ts"
import { worldSettings } from "../../src/internal/simulated/world/options.ts"
import { World } from "../../src/internal/simulated/world/world.ts"
import type * as Network from "../../src/Network.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"

/** A row of the table. What it states it states in full, so that others can use it too. */
export interface Row extends TransportUnderTest {
  readonly name: string
  /** Why nothing of it can be tested here. */
  readonly skip: string | undefined
}

/** What a network on Node's sockets is made of. */
export const driver: Network.Driver = { hostname, resolve, dial, listen }

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
const open = Effect.sync((): Conformance.Open => {
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

const temporaryPath: Row["free"] = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "conformance-"))),
  directory => Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
).pipe(Effect.map(directory => SocketAddress.unsafeUnix(path.join(directory, "s"))))

/** What all sockets of Node have in common. The kernel may hold some MiB of a connection on each side. */
const ofNode = { layer: NodeNetwork.layer, turn, open, memory }

const inet = (name: string, host: string, other: string, broadcast: string, skip?: string): Row => ({
  ...withDefaults({
    ...ofNode,
    free: Effect.succeed(SocketAddress.unsafeInet(host, 0)),
    unroutable: SocketAddress.unsafeInet(broadcast, 9),
    names: Conformance.names(driver, { free: host, other })
  }),
  name,
  skip
})

export const tcp: Row = inet("TCP over IPv4", "127.0.0.1", "::1", "255.255.255.255")

/** Why nothing can listen there. */
const cannotListen = (host: string): Promise<string | undefined> =>
  new Promise(resolve => {
    const server = net.createServer()
    server.once("error", error => resolve(`cannot listen on ${host} here: ${error.message}`))
    server.listen(0, host, () => server.close(() => resolve(undefined)))
  })

export const tcp6: Row = inet("TCP over IPv6", "::1", "127.0.0.1", "ff02::1", await cannotListen("::1"))

const aPath = "a Unix socket has a path"

export const unix: Row = {
  ...withDefaults({
    ...ofNode,
    free: temporaryPath,
    deserted: temporaryPath,
    desertedReason: "NotFound",
    cannot: {
      reset: "a Unix socket has no reset: abort closes, and the peer sees the end",
      ports: `${aPath}, not a port`,
      names: `${aPath}, not a name`,
      unroutable: `${aPath}, and no route`
    }
  }),
  name: "Unix sockets",
  skip: undefined
}

/** A world of which its host is known here too, so that names can be put on its driver. */
const world = new World(new Timeline(new ClockTimer(Clock.make(), Runtime.defaultRuntime)), worldSettings({}))

export const simulated: Row = {
  ...withDefaults({
    layer: SimulatedNetwork.layer,
    free: Effect.succeed(SocketAddress.unsafeInet("10.0.0.1", 0)),
    unroutable: SocketAddress.unsafeInet("192.0.2.1", 9),
    names: Conformance.names(driverOf(world, world.host("simulated"))),
    clogBytes: 8 * 1024 * 1024,
    turn: Effect.yieldNow(),
    open,
    memory,
    memoryBound: 24 * 1024 * 1024
  }),
  name: "simulated",
  skip: undefined
}

/** The columns of the contract's table. */
export const rows: ReadonlyArray<Row> = [tcp, tcp6, unix, simulated]
