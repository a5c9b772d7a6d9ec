/**
 * The table of transports. Everything in the contract's tests that depends on a platform is here.
 */
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
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

/** A row of the table. It has no defaults left to fill in, so that other tests can use it too. */
export interface Row extends TransportUnderTest {
  readonly name: string
  /** Why this machine cannot test the transport at all. */
  readonly skip: string | undefined
}

/** The driver of Node's sockets. */
export const driver: Network.Driver = { hostname, resolve, dial, listen }

const turn = Effect.async<void>(resume => {
  setImmediate(() => resume(Effect.void))
})

const descriptors = "/proc/self/fd"

/** How many warnings Node has emitted, for example about too many listeners on one emitter. */
let warnings = 0
process.on("warning", () => {
  warnings += 1
})

/** Counts file descriptors (if the system shows them), what keeps the process alive, and warnings of Node. */
const open = Effect.sync((): Conformance.Open => {
  const counts: Record<string, number> = { warnings }
  for (const kind of process.getActiveResourcesInfo()) {
    // `turn` waits with an Immediate of its own.
    if (kind !== "Immediate") counts[kind] = (counts[kind] ?? 0) + 1
  }
  if (fs.existsSync(descriptors)) counts["descriptors"] = fs.readdirSync(descriptors).length
  return counts
})

setFlagsFromString("--expose-gc")
const collectGarbage: () => void = runInNewContext("gc")

const memory = Effect.sync(() => {
  // Newer versions of V8 free the memory of ArrayBuffers while the program runs. A second collection waits for that.
  collectGarbage()
  collectGarbage()
  const { external, heapUsed } = process.memoryUsage()
  return external + heapUsed
})

const temporaryPath: Row["free"] = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "conformance-"))),
  directory => Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
).pipe(Effect.map(directory => SocketAddress.unsafeUnix(path.join(directory, "s"))))

/** What all sockets of Node have in common. */
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

/** Returns why this machine cannot listen on the host, or `undefined` if it can. */
const cannotListen = (host: string): Promise<string | undefined> =>
  new Promise(resolve => {
    const server = net.createServer()
    server.once("error", error => resolve(`this machine cannot listen on ${host}: ${error.message}`))
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
      localAddress: `${aPath}, not an address`,
      names: `${aPath}, not a name`,
      unroutable: "a Unix socket has no route"
    }
  }),
  name: "Unix sockets",
  skip: undefined
}

/** A world whose host is known here, so that `Conformance.names` can use its driver. */
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
