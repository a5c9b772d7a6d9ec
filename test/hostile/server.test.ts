/** The command `server`, as a child process. After any hostile client, it greets the next client. */
import * as fs from "node:fs"
import * as net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { within } from "../../src/internal/conformance/kit/expect.ts"
import { until } from "../../src/internal/conformance/kit/pairs.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { program } from "../cli/spawn.ts"
import { type Row, tcp, unix } from "../conformance/transports.ts"
import { here, killed, type Maker, python, targetOf } from "./makers.ts"
import { greeting, names } from "./peers.ts"

const server = (on: Row) =>
  Effect.gen(function* () {
    const free = yield* on.free
    const words = free._tag === "Unix" ? [SocketAddress.format(free)] : [free.host, "0"]
    const running = yield* program(["server", ...words])
    const [stderr, port] = yield* running.wrote("stderr", /^listening on .*?(\d*)\n$/)
    const address = free._tag === "Unix" ? free : SocketAddress.unsafeInet(free.host, Number(port))
    return { ...running, address, stderr }
  })

/** Checks that a well-behaved client receives the greeting and the end. */
const isGreeted = (address: SocketAddress.Resolved, after: string) =>
  Effect.gen(function* () {
    const socket = net.connect(targetOf(address))
    const text = Effect.promise(() => socket.setEncoding("utf8").toArray())
    assert.strictEqual((yield* within(text, "30 seconds", `the client after ${after}`)).join(""), greeting, after)
  })

/** The number of open descriptors of the process. Without /proc, returns 0. */
const descriptors = (pid: number | undefined): number =>
  fs.existsSync(`/proc/${pid}/fd`) ? fs.readdirSync(`/proc/${pid}/fd`).length : 0

const visitors = (maker: Maker) => names.filter(name => maker.makes(name))

const ofNode = ["of node:net, some of them killed", [here, killed]] as const
/** Only over TCP, because it takes long to start so many processes. */
const ofPython = ["of Python's socket", [python]] as const

for (const on of [tcp, unix]) {
  describe.concurrent(`server, over ${on.name}`, () => {
    for (const [title, makers] of on === tcp ? [ofNode, ofPython] : [ofNode]) {
      const skip = makers.find(maker => maker.skip !== undefined)?.skip
      const reason = skip === undefined ? "" : ` (skipped: ${skip})`
      it.scopedLive.skipIf(reason !== "")(
        `greets the next client after each hostile client ${title}, leaves no descriptor open, writes nothing about them, and exits with 0 on SIGTERM${reason}`,
        () =>
          Effect.gen(function* () {
            const { address, ended, kill, pid, stderr } = yield* server(on)
            yield* isGreeted(address, "nobody")
            const before = descriptors(pid)
            for (const [maker, name] of makers.flatMap(maker => visitors(maker).map(name => [maker, name] as const))) {
              yield* Effect.scoped(
                Effect.zipRight(maker.visit(name, address), isGreeted(address, `${name}, which is still there`))
              )
              yield* isGreeted(address, name)
            }
            yield* until(
              on,
              "their descriptors should be closed",
              Effect.sync(() => descriptors(pid) <= before)
            )
            yield* kill("SIGTERM")
            assert.deepStrictEqual(yield* ended, { code: 0, stdout: "", stderr })
          })
      )
    }

    it.scopedLive("greets the next client after 100 clients that connected and reset before they were accepted", () =>
      Effect.gen(function* () {
        const { address, ended, kill, stderr } = yield* server(on)
        yield* kill("SIGSTOP")
        yield* Effect.forEach(Array.from({ length: 100 }), () =>
          Effect.flatMap(here.visit("resetsAtOnce", address), ({ told }) => told(/^reset$/))
        )
        yield* kill("SIGCONT")
        yield* isGreeted(address, "100 that were gone")
        yield* kill("SIGTERM")
        assert.deepStrictEqual(yield* ended, { code: 0, stdout: "", stderr })
      })
    )

    it.scopedLive("greets the next client while 200 hostile clients are connected, and exits with 0 on SIGTERM", () =>
      Effect.gen(function* () {
        const { address, ended, kill, stderr } = yield* server(on)
        for (let n = 0; n < 200; n++) {
          yield* here.visit(visitors(here)[n % visitors(here).length]!, address)
        }
        yield* isGreeted(address, "200 hostile ones")
        yield* kill("SIGTERM")
        assert.deepStrictEqual(yield* ended, { code: 0, stdout: "", stderr })
      })
    )
  })
}
