/** `server`, as a child process: with our client, and without privileges. */
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { isThere, program, run, start, words } from "./spawn.ts"

/** Starts `server` on a free port of 127.0.0.1. */
const server = (...options: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const running = yield* program(["server", ...options, "127.0.0.1", "0"])
    const [, port] = yield* running.wrote("stderr", /^listening on 127\.0\.0\.1:(\d+)\n$/)
    return { ...running, port: port! }
  })

const greeted = { code: 0, stdout: "Connection Established\n", stderr: "" }

describe.concurrent("server", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it.scopedLive(
      `greets one client after the other and closes; ${signal} ends it with exit 0, also with a client there`,
      () =>
        Effect.gen(function* () {
          const { ended, kill, port } = yield* server()
          assert.deepStrictEqual(yield* run(["client", "127.0.0.1", port]), greeted)
          // It has been greeted, and keeps its half open.
          const socket = net.connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true })
          const text = yield* Effect.promise(() => socket.setEncoding("utf8").toArray())
          assert.strictEqual(text.join(""), "Connection Established")
          yield* kill(signal)
          assert.deepStrictEqual(yield* ended, { code: 0, stdout: "", stderr: `listening on 127.0.0.1:${port}\n` })
          socket.destroy()
        })
    )
  }

  it.scopedLive("listens at unix:/path, which is gone afterwards, and says what --message says", () =>
    Effect.gen(function* () {
      const directory = fs.mkdtempSync(path.join(os.tmpdir(), "effect-sockets-"))
      yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(directory, { recursive: true })))
      const address = `unix:${directory}/s`
      const running = yield* program(["server", address, "--message", "--héllo"])
      yield* running.wrote("stderr", /^listening on unix:.*\/s\n$/)
      assert.deepStrictEqual(yield* run(["client", address]), { code: 0, stdout: "--héllo\n", stderr: "" })
      yield* running.kill("SIGTERM")
      assert.strictEqual((yield* running.ended).code, 0)
      assert.deepStrictEqual(fs.readdirSync(directory), [])
    })
  )

  const isRoot = process.getuid?.() === 0
  const reads = ["-e", "fs.accessSync('src/main.ts'); fs.accessSync('node_modules/tsx/package.json')"]
  const canBeNobody = isThere("setpriv", [
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    process.execPath,
    ...reads
  ])
  const portStart = "/proc/sys/net/ipv4/ip_unprivileged_port_start"
  const reason =
    fs.existsSync(portStart) && Number(fs.readFileSync(portStart, "utf8")) <= 808
      ? " (skipped: this system lets everyone have port 808)"
      : isRoot && !canBeNobody
        ? " (skipped: no other user can run the program in this tree)"
        : ""
  it.scopedLive.skipIf(reason !== "")(`port 808 without privileges: one line, with the hint${reason}`, () =>
    Effect.gen(function* () {
      const user = isRoot ? { uid: 65534, gid: 65534 } : {}
      assert.deepStrictEqual(yield* run(["server", "127.0.0.1", "808"], user), {
        code: 1,
        stdout: "",
        stderr: "listen 127.0.0.1:808: permission denied (EACCES); ports below 1024 need privileges\n"
      })
    })
  )
})

it.scopedLive("the second signal ends the process at once, whatever it is still doing", () =>
  Effect.gen(function* () {
    const stubborn = yield* start(process.execPath, [...words.slice(0, 2), "test/cli/stubborn.ts"])
    yield* stubborn.wrote("stdout", /^ready\n$/)
    yield* stubborn.kill("SIGINT")
    yield* stubborn.wrote("stdout", /SIGINT\n$/)
    yield* stubborn.kill("SIGTERM")
    assert.deepStrictEqual(yield* stubborn.ended, { code: 143, stdout: "ready\nSIGINT\n", stderr: "" })
  })
)
