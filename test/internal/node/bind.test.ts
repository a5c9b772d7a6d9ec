/**
 * Binding with Node: the mode of a Unix path, stale paths, both families and the backlog.
 */
import mutableFs, * as fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { Worker } from "node:worker_threads"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { listenOptions } from "../../../src/internal/connect/options.ts"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"
import * as SocketAddress from "../../../src/SocketAddress.ts"

const node = Effect.provide(NodeNetwork.layer)

const file = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "bind-"))),
    folder => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
  ),
  folder => path.join(folder, "x.sock")
)

const modeOf = (path: string): string => (fs.statSync(path).mode & 0o7777).toString(8)

/** Leaves a stale socket at `path`, as a listener does that was killed. */
const stale = (path: string) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    yield* Scope.extend(Network.listen(SocketAddress.unsafeUnix(path)), scope)
    fs.linkSync(path, `${path}.aside`)
    yield* Scope.close(scope, Exit.void)
    fs.renameSync(`${path}.aside`, path)
  })

describe("the mode of a Unix path", () => {
  it.scopedLive("is the requested one, narrower or wider than the umask allows, and the umask is restored", () =>
    Effect.gen(function* () {
      const umask = process.umask(0o027)
      yield* Effect.addFinalizer(() => Effect.sync(() => process.umask(umask)))
      for (const [mode, expected] of [
        [undefined, "750"],
        [0o600, "600"],
        [0o660, "660"],
        [0o777, "777"],
        [0, "0"]
      ] as const) {
        const path = yield* file
        yield* Network.listen(SocketAddress.unsafeUnix(path), { mode })
        assert.strictEqual(modeOf(path), expected)
        assert.strictEqual(process.umask(0o027), 0o027)
      }
    }).pipe(node)
  )

  it.scopedLive(
    "forbids a connect that mode forbids from the beginning, and touches no other file if the umask is usual",
    () =>
      Effect.gen(function* () {
        for (const [umask, mode, meanwhile, file644] of [
          [0o022, 0o600, 0o755, 0o644],
          [0o022, 0o620, 0o755, 0o644],
          [0o077, 0o666, 0o700, 0o600],
          [0o002, 0o600, 0o755, 0o644],
          [0o000, 0o660, 0o775, 0o664]
        ] as const) {
          const path = yield* file
          const before = process.umask(umask)
          yield* Effect.addFinalizer(() => Effect.sync(() => process.umask(before)))
          const seen: Array<string> = []
          const listen = net.Server.prototype.listen
          net.Server.prototype.listen = function (this: net.Server, ...args: ReadonlyArray<unknown>) {
            const server = Reflect.apply(listen, this, args)
            fs.writeFileSync(`${path}.other`, "")
            seen.push(modeOf(path), modeOf(`${path}.other`))
            return server
          }
          const restore = Effect.sync(() => {
            net.Server.prototype.listen = listen
          })
          yield* Effect.ensuring(Network.listen(SocketAddress.unsafeUnix(path), { mode }), restore)
          assert.deepStrictEqual(seen, [meanwhile.toString(8), file644.toString(8)])
          assert.strictEqual(modeOf(path), mode.toString(8))
          assert.strictEqual(process.umask(before), umask)
        }
      }).pipe(node)
  )

  it.scopedLive("must be an integer from 0 to 0o777: any other is a defect, and nothing is created", () =>
    Effect.gen(function* () {
      for (const mode of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e9, 0o1777, 0o1000, 0.5]) {
        const path = yield* file
        const exit = yield* Effect.exit(Network.listen(SocketAddress.unsafeUnix(path), { mode }))
        const defect = Exit.isFailure(exit) && exit.cause._tag === "Die" ? exit.cause.defect : undefined
        assert.strictEqual(String(defect), `OptionError: option mode must be an integer from 0 to 0o777, not ${mode}`)
        assert.isFalse(fs.existsSync(path))
      }
    }).pipe(node)
  )

  it.scopedLive("is not applied to the socket of another listener that has the path", () =>
    Effect.gen(function* () {
      const path = yield* file
      const address = SocketAddress.unsafeUnix(path)
      yield* Network.listen(address, { mode: 0o600 })
      assert.strictEqual((yield* Effect.flip(Network.listen(address, { mode: 0o777 }))).reason, "AddressInUse")
      assert.strictEqual(modeOf(path), "600")
    }).pipe(node)
  )

  for (const [umask, result] of [
    [0o022, "it listens"],
    [0o002, "Unsupported"]
  ] as const) {
    it.scopedLive(
      `in a worker thread, which cannot set the umask: ${result} with a umask of ${umask.toString(8)}`,
      () =>
        Effect.gen(function* () {
          const path = yield* file
          const before = process.umask(umask)
          yield* Effect.addFinalizer(() => Effect.sync(() => process.umask(before)))
          const fixture = new URL("../../fixtures/listenWithMode.ts", import.meta.url)
          const start = `import("tsx/esm/api").then(tsx => { tsx.register(); return import("${fixture}") })`
          const worker = new Worker(start, { eval: true, workerData: path })
          const told = yield* Effect.async<unknown>(resume => {
            worker.once("message", message => resume(Effect.succeed(message)))
            worker.once("error", error => resume(Effect.succeed(error)))
          })
          assert.strictEqual(told, result)
          assert.isFalse(fs.existsSync(path))
        })
    )
  }
})

describe("removeStale", () => {
  it.scopedLive("takes over a path without a listener", () =>
    Effect.gen(function* () {
      const path = yield* file
      yield* stale(path)
      const address = SocketAddress.unsafeUnix(path)
      assert.strictEqual((yield* Effect.flip(Network.listen(address))).reason, "AddressInUse")
      const listener = yield* Network.listen(address, { removeStale: true, mode: 0o600 })
      yield* Network.connect(listener.address)
      yield* listener.accept
      assert.strictEqual(modeOf(path), "600")
    }).pipe(node)
  )

  it.scopedLive("does not take over a path with a listener, and the listener continues to accept", () =>
    Effect.gen(function* () {
      const address = SocketAddress.unsafeUnix(yield* file)
      const first = yield* Network.listen(address)
      const error = yield* Effect.flip(Network.listen(address, { removeStale: true }))
      assert.strictEqual(error.reason, "AddressInUse")
      yield* Effect.scoped(Effect.flatMap(first.accept, probe => probe.awaitEnd))
      const client = yield* Network.connect(address)
      yield* client.sendText("x")
      assert.strictEqual((yield* (yield* first.accept).recvExactly(1)).length, 1)
    }).pipe(node)
  )

  const others: ReadonlyArray<readonly [what: string, make: (path: string) => void]> = [
    ["a plain file", path => fs.writeFileSync(path, "precious")],
    ["a directory", path => fs.mkdirSync(path)],
    ["a link to a stale socket", path => fs.symlinkSync(`${path}.stale`, path)],
    ["a link to nothing", path => fs.symlinkSync("/nonexistent", path)]
  ]
  for (const [what, make] of others) {
    it.scopedLive(`does not remove ${what}`, () =>
      Effect.gen(function* () {
        const path = yield* file
        yield* stale(`${path}.stale`)
        make(path)
        const before = fs.lstatSync(path).ino
        const error = yield* Effect.flip(Network.listen(SocketAddress.unsafeUnix(path), { removeStale: true }))
        assert.strictEqual(error.reason, "AddressInUse")
        assert.strictEqual(fs.lstatSync(path).ino, before)
        assert.isTrue(fs.existsSync(`${path}.stale`))
      }).pipe(node)
    )
  }

  it.scopedLive("lets one of ten concurrent listeners take over a path, and clients reach that one", () =>
    Effect.gen(function* () {
      const path = yield* file
      yield* stale(path)
      const address = SocketAddress.unsafeUnix(path)
      const listen = Effect.either(Network.listen(address, { removeStale: true }))
      const results = yield* Effect.all(new Array<typeof listen>(10).fill(listen), { concurrency: "unbounded" })
      const [listener, ...more] = results.flatMap(result => (result._tag === "Right" ? [result.right] : []))
      assert.strictEqual(more.length, 0)
      yield* Network.connect(address)
      yield* listener!.accept
    }).pipe(node)
  )
})

const hasIPv6 = Object.values(os.networkInterfaces()).some(infos => infos?.some(info => info.address === "::1"))

describe.skipIf(!hasIPv6)(`both families${hasIPv6 ? "" : " (skipped: this machine has no ::1)"}`, () => {
  const portOf = (address: SocketAddress.SocketAddress) => (address._tag === "Inet" ? address.port : 0)

  it.scopedLive("`::` accepts IPv6 and IPv4, and shows an IPv4 peer as ::ffff:127.0.0.1", () =>
    Effect.gen(function* () {
      const listener = yield* Network.listen("[::]:0")
      for (const [host, seen] of [
        ["127.0.0.1", "::ffff:127.0.0.1"],
        ["::1", "::1"]
      ] as const) {
        const client = yield* Network.connect({ host, port: portOf(listener.address) })
        const { remoteAddress } = yield* listener.accept
        assert.strictEqual(String(remoteAddress), `[${seen}]:${portOf(client.localAddress)}`)
      }
    }).pipe(node)
  )

  it.scopedLive("with ipv6Only, `::` accepts only IPv6, and another listener can use the same port with IPv4", () =>
    Effect.gen(function* () {
      const six = yield* Network.listen("[::]:0", { ipv6Only: true })
      const port = portOf(six.address)
      assert.strictEqual((yield* Effect.flip(Network.connect({ host: "127.0.0.1", port }))).reason, "Refused")
      const four = yield* Network.listen({ host: "0.0.0.0", port })
      const client = yield* Network.connect({ host: "127.0.0.1", port })
      assert.strictEqual(portOf((yield* four.accept).remoteAddress), portOf(client.localAddress))
      yield* Network.connect({ host: "::1", port })
      yield* six.accept
    }).pipe(node)
  )
})

describe("the backlog", () => {
  const cases: ReadonlyArray<readonly [backlog: number | undefined, real: number]> = [
    [undefined, 511],
    [128, 128],
    [0, 1],
    [1.5, 1],
    [2 ** 32, 2 ** 31 - 1],
    [Number.POSITIVE_INFINITY, 2 ** 31 - 1]
  ]
  for (const [backlog, real] of cases) {
    it.scopedLive(`${backlog} counts as ${real}, and the listener starts`, () =>
      Effect.gen(function* () {
        assert.strictEqual(listenOptions({ backlog }).backlog, real)
        yield* Network.listen("127.0.0.1:0", { backlog })
      }).pipe(node)
    )
  }
})

describe("an old listener", () => {
  it.scopedLive("keeps the path of its successor, even if it may not link the file of another user", () =>
    Effect.gen(function* () {
      const path = yield* file
      const address = SocketAddress.unsafeUnix(path)
      const scope = yield* Scope.make()
      yield* Scope.extend(Network.listen(address), scope)
      fs.unlinkSync(path)
      const successor = yield* Network.listen(address)
      yield* withoutLinks(Scope.close(scope, Exit.void))
      yield* Network.connect(address)
      yield* successor.accept
      assert.deepStrictEqual(fs.readdirSync(path.slice(0, -"/x.sock".length)), ["x.sock"])
    }).pipe(node)
  )
})

/** Runs an effect while linking fails, as it does with `fs.protected_hardlinks` for the file of another user. */
const withoutLinks = <A>(effect: Effect.Effect<A>): Effect.Effect<A> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const { linkSync } = mutableFs
      mutableFs.linkSync = () => {
        throw Object.assign(new Error("link EPERM"), { code: "EPERM" })
      }
      syncBuiltinESMExports()
      return linkSync
    }),
    () => effect,
    linkSync =>
      Effect.sync(() => {
        mutableFs.linkSync = linkSync
        syncBuiltinESMExports()
      })
  )
