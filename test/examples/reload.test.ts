/** The example `reload`: in the simulation with files in memory, over TCP with real files, and as a process. */
import * as crypto from "node:crypto"
import * as nodeFs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { type Network, Tls } from "effect-sockets"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as NodeTls from "effect-sockets/NodeTls"
import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"
import * as TestCertificates from "effect-sockets/TestCertificates"
import { program } from "../../examples/reload/server.ts"
import { start } from "../cli/spawn.ts"

/** The files of the server. `write` without an identity removes them. */
interface Folder {
  readonly certificate: string
  readonly key: string
  readonly write: (identity?: Tls.Identity) => void
}

const folder = Effect.acquireRelease(
  Effect.sync((): Folder & { readonly path: string } => {
    const folder = nodeFs.mkdtempSync(path.join(os.tmpdir(), "reload-"))
    const [certificate, key] = [path.join(folder, "cert.pem"), path.join(folder, "key.pem")]
    const write = (identity?: Tls.Identity) => {
      for (const file of [certificate, key]) nodeFs.rmSync(file, { force: true })
      if (identity === undefined) return
      nodeFs.writeFileSync(certificate, identity.certificate)
      nodeFs.writeFileSync(key, Redacted.value(identity.key))
    }
    return { path: folder, certificate, key, write }
  }),
  folder => Effect.sync(() => nodeFs.rmSync(folder.path, { recursive: true }))
)

/** Files in memory, because the clock of a simulation does not wait for a disk. */
const inMemory = () => {
  const texts = new Map<string, string>()
  const readFileString = (path: string) =>
    Effect.suspend(() =>
      Effect.mapError(
        Effect.fromNullable(texts.get(path)),
        () =>
          new PlatformError.SystemError({
            reason: "NotFound",
            module: "FileSystem",
            method: "readFile",
            pathOrDescriptor: path
          })
      )
    )
  const write = (identity?: Tls.Identity) => {
    texts.clear()
    if (identity !== undefined) texts.set("cert", identity.certificate).set("key", Redacted.value(identity.key))
  }
  return { folder: { certificate: "cert", key: "key", write }, layer: FileSystem.layerNoop({ readFileString }) }
}

const certified = Effect.gen(function* () {
  const authority = yield* TestCertificates.authority()
  const issue = authority.issue({ names: ["127.0.0.1"] })
  return {
    context: yield* Tls.context({ ca: authority.certificate }),
    identities: yield* Effect.all([issue, issue, issue])
  }
})

/** Connects. `ask` sends a line and returns the answer. `has` is true if the server has shown this certificate. */
const connected = (server: Network.Target, context: Tls.Context) =>
  Effect.map(Tls.connect(server, { context }), socket => ({
    ask: Effect.zipRight(socket.sendText("hello\n"), socket.recvLine()),
    has: (identity: Tls.Identity) => {
      const shown = Option.map(socket.info.peerCertificate, ({ fingerprint }) => fingerprint)
      return Option.contains(shown, new crypto.X509Certificate(identity.certificate).fingerprint256)
    }
  }))

/** Collects the log. */
const logging = Effect.map(Queue.unbounded<string>(), lines => ({
  lines,
  layer: Logger.replace(
    Logger.defaultLogger,
    Logger.make(({ message }) => lines.unsafeOffer(String(message)))
  )
}))

const renewed = "the certificate was renewed"

const reloads = ({ write, ...files }: Folder) =>
  Effect.gen(function* () {
    const {
      context,
      identities: [one, two, three]
    } = yield* certified
    const log = yield* logging
    const signals = yield* Queue.unbounded<string>()
    /** Changes the files, and waits for the next line of the log. */
    const logged = (identity?: Tls.Identity) =>
      Effect.zipRight(
        Effect.suspend(() => {
          write(identity)
          return signals.offer("SIGHUP")
        }),
        log.lines.take
      )

    write(one)
    const { address } = yield* Effect.provide(program("127.0.0.1:0", files, Stream.fromQueue(signals)), log.layer)
    assert.strictEqual(yield* log.lines.take, `listening on ${address}`)
    const first = yield* connected(address, context)
    assert.deepStrictEqual([first.has(one), yield* first.ask], [true, Option.some("HELLO")])

    assert.strictEqual(yield* logged(two), renewed)
    const second = yield* connected(address, context)
    assert.deepStrictEqual([second.has(two), yield* second.ask], [true, Option.some("HELLO")])
    // The old connection continues.
    assert.deepStrictEqual(yield* first.ask, Option.some("HELLO"))

    for (const [broken, message] of [
      [{ ...two, certificate: three.certificate }, "key"],
      [{ ...three, certificate: "not a certificate" }, "certificate"],
      [undefined, "NotFound"]
    ] as const) {
      const line = yield* logged(broken)
      assert.match(line, /^the certificate was not renewed: /)
      assert.include(line, message)
      assert.isTrue((yield* connected(address, context)).has(two), line)
    }

    assert.strictEqual(yield* logged(three), renewed)
    assert.isTrue((yield* connected(address, context)).has(three))
    assert.deepStrictEqual(yield* Effect.all([first.ask, second.ask]), [Option.some("HELLO"), Option.some("HELLO")])
  })

const title = "new connections get the new certificate, old ones continue, and a broken file changes nothing"

it.live(`${title}: simulated`, () =>
  SimulatedNetwork.run(
    Effect.suspend(() => {
      const { folder, layer } = inMemory()
      return Effect.scoped(reloads(folder)).pipe(Effect.provide([NodeTls.layer, layer]))
    })
  )
)

it.scopedLive(`${title}: over TCP`, () =>
  Effect.flatMap(folder, ({ path: _path, ...folder }) => reloads(folder)).pipe(
    Effect.provide([NodeTls.layer, NodeNetwork.layer, NodeFileSystem.layer])
  )
)

it.live("files that have not changed are read every minute, but not loaded", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const { folder, layer } = inMemory()
      const {
        identities: [one, two]
      } = yield* certified
      const log = yield* logging
      folder.write(one)
      const minutes = Stream.fromSchedule(Schedule.spaced("1 minute"))
      const server = program("127.0.0.1:0", folder, minutes)
      yield* Effect.provide(server, [log.layer, layer])
      yield* Effect.sleep("2.5 minutes")
      assert.strictEqual(yield* log.lines.size, 1)
      folder.write(two)
      yield* log.lines.take
      assert.strictEqual(yield* log.lines.take, renewed)
      assert.strictEqual(yield* Clock.currentTimeMillis, 180_000)
    }).pipe(Effect.scoped, Effect.provide(NodeTls.layer))
  )
)

it.scopedLive("SIGHUP renews the certificate of the process", () =>
  Effect.gen(function* () {
    const {
      context,
      identities: [one, two]
    } = yield* certified
    const { certificate, key, write } = yield* folder
    write(one)
    const main = path.join(import.meta.dirname, "../../examples/reload/main.ts")
    const server = yield* start(process.execPath, ["--import", "tsx", main, "127.0.0.1:0", certificate, key])
    const [, address = ""] = yield* server.wrote("stdout", /listening on ([\d.:]+)/)
    const first = yield* connected(address, context)
    assert.isTrue(first.has(one))
    write(two)
    yield* server.kill("SIGHUP")
    yield* server.wrote("stdout", /the certificate was renewed/)
    assert.isTrue((yield* connected(address, context)).has(two))
    assert.deepStrictEqual(yield* first.ask, Option.some("HELLO"))
  }).pipe(Effect.provide([NodeTls.layer, NodeNetwork.layer]))
)
