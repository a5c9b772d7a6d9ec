/** The command `client`, as a child process, with hostile servers. */
import * as childProcess from "node:child_process"
import type * as net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { isThere, program, run, start, words } from "../cli/spawn.ts"
import { type Row, tcp, unix } from "../conformance/transports.ts"
import { server } from "../internal/node/peer.ts"
import { full } from "./backlog.ts"
import { here, killed, type Maker, python } from "./makers.ts"
import { dribbled, escapes, greeting, type PeerName, play, streamed } from "./peers.ts"

const MiB = 1024 * 1024

/** Starts a server on a free port of 127.0.0.1. Returns the port as text. */
const peer = (onConnection: (socket: net.Socket) => void) =>
  Effect.map(server(onConnection, { allowHalfOpen: false }), ({ port }) => String(port))

interface Expected {
  readonly code: number
  readonly stdout: string
  readonly stderr: RegExp
}

interface Case {
  readonly title: string
  readonly peer: PeerName
  readonly options?: ReadonlyArray<string>
  readonly expected: Expected
  /** The expected result over a Unix socket. Cases with it also run there, and with Python. */
  readonly overUnix?: Expected
}

const reset = /^recv 127\.0\.0\.1:\d+: connection reset by peer \(ECONNRESET\)\n$/
const resetEarly = /^(recv|connect) 127\.0\.0\.1:\d+: connection reset by peer \(ECONNRESET\)\n$/
const done = (stdout: string): Expected => ({ code: 0, stdout, stderr: /^$/ })
const timedOut: Expected = { code: 124, stdout: "", stderr: /^recv .*: timed out after 300ms\n$/ }

const line = `${greeting}\n`
/** The first bytes of the long stream as text, a character for each byte. */
const latin1 = (bytes: number) => Buffer.from(streamed(0, bytes)).toString("latin1")

const patient = ["--idle=1m", "--timeout=1m"]
const impatient = ["--timeout=300ms"]
const greedy = [...patient, "--encoding=latin1", "--max-bytes=1000000000"]

const cases: ReadonlyArray<Case> = [
  {
    title: "resets at once: exit code 1 and one line on stderr",
    peer: "resetsAtOnce",
    expected: { code: 1, stdout: "", stderr: resetEarly },
    overUnix: done("")
  },
  {
    title: "sends and destroys its socket: prints everything, exit code 0",
    peer: "sendsAndDestroys",
    expected: done(line)
  },
  {
    title: "sends a byte at a time: prints whole characters, exit code 0",
    peer: "dribbles",
    expected: done(`${dribbled}\n`)
  },
  {
    title: "never sends: exit code 124 and one line on stderr after --timeout",
    peer: "isSilent",
    options: impatient,
    expected: timedOut
  },
  {
    title: "never reads or sends: exit code 124 and one line on stderr after --timeout",
    peer: "neverReads",
    options: impatient,
    expected: timedOut
  },
  {
    title: "sends only after our end, without end: exit code 124 after --timeout, and the client does not wait for it",
    peer: "sendsAfterOurEnd",
    options: impatient,
    expected: timedOut
  },
  { title: "ends its half and waits: prints nothing, exit code 0", peer: "halfClosesAndWaits", expected: done("") },
  {
    title: "floods, with --once: prints one recv, exit code 0",
    peer: "floods",
    options: ["--once", "--encoding=latin1", "--bufsize=100"],
    expected: done(`${latin1(100)}\n`)
  },
  {
    title: "floods: prints --max-bytes bytes, one line on stderr, exit code 1",
    peer: "floods",
    options: ["--encoding=latin1", "--max-bytes=50000"],
    expected: {
      code: 1,
      stdout: `${latin1(50_000)}\n`,
      stderr: /^recv: received more than the limit of 50000 bytes\n$/
    }
  },
  {
    title: "sends escapes and bidi overrides: writes them unchanged to a pipe, exit code 0",
    peer: "sendsEscapes",
    expected: done(escapes)
  },
  {
    title: "sends invalid UTF-8: prints the text before it, and its position on stderr, exit code 1",
    peer: "sendsInvalidUtf8",
    expected: {
      code: 1,
      stdout: "fine \n",
      stderr: /^'utf-8' codec can't decode byte 0xff in position 0 \(byte 5 of the stream\): invalid start byte\n$/
    }
  },
  {
    title: "ends in the middle of a character: prints the text before it, and its position on stderr, exit code 1",
    peer: "sendsCutUtf8",
    expected: {
      code: 1,
      stdout: "cut \n",
      stderr: /^'utf-8' codec .* bytes in position 0-1 \(byte 4 of the stream\): unexpected end of data\n$/
    }
  }
]

const wordsOf = (address: SocketAddress.Resolved): ReadonlyArray<string> =>
  address._tag === "Unix" ? [SocketAddress.format(address)] : [address.host, String(address.port)]

const pathOf = (address: SocketAddress.Resolved) => (address._tag === "Unix" ? address.path : undefined)

const against = ({ options = patient, peer, title }: Case, maker: Maker, on: Row, expected: Expected) => {
  const reason = maker.skip === undefined ? "" : ` (skipped: ${maker.skip})`
  it.scopedLive.skipIf(reason !== "")(`${title} (${maker.name}, ${on.name})${reason}`, () =>
    Effect.gen(function* () {
      const { address } = yield* maker.serve(peer, pathOf(yield* on.free))
      const { code, stderr, stdout } = yield* run(["client", ...options, ...wordsOf(address)])
      assert.deepStrictEqual([code, stdout], [expected.code, expected.stdout], stderr)
      assert.match(stderr, expected.stderr)
    })
  )
}

describe.concurrent("client, with a server that", () => {
  for (const one of cases) {
    against(one, here, tcp, one.expected)
    if (one.overUnix !== undefined) {
      against(one, here, unix, one.overUnix)
      against(one, python, tcp, one.expected)
    }
  }

  it.scopedLive("resets after the greeting: prints the greeting as a line, exit code 1 and one line on stderr", () =>
    Effect.gen(function* () {
      let cue = () => {}
      const port = yield* peer(socket => play("resetsAfterGreeting", socket, { cue: then => (cue = then) }))
      const client = yield* program(["client", ...patient, "127.0.0.1", port])
      yield* client.wrote("stdout", /^Connection Established$/)
      cue()
      const { code, stderr, stdout } = yield* client.ended
      assert.deepStrictEqual([code, stdout], [1, line])
      assert.match(stderr, reset)
    })
  )

  it.scopedLive(
    "resets in the middle of a long stream: prints a prefix of it, exit code 1 and one line on stderr",
    () =>
      Effect.gen(function* () {
        let cue = () => {}
        const port = yield* peer(socket => play("resetsMidStream", socket, { cue: then => (cue = then) }))
        const client = yield* program(["client", ...greedy, "127.0.0.1", port])
        yield* client.wrote("stdout", /^[\s\S]{1048576}/)
        cue()
        const { code, stderr, stdout } = yield* client.ended
        assert.strictEqual(code, 1)
        assert.match(stderr, reset)
        assertPrefix(stdout)
      })
  )

  it.scopedLive("is killed after the greeting: prints the greeting, exit code 0", () =>
    Effect.gen(function* () {
      const server = yield* start(process.execPath, [
        ...words.slice(0, 2),
        "test/hostile/alone.ts",
        "isKilled",
        "serve",
        "tcp"
      ])
      const [, port] = yield* server.wrote("stdout", /^listening (\d+)\n/)
      const client = yield* program(["client", ...patient, "127.0.0.1", port!])
      yield* client.wrote("stdout", /^Connection Established$/)
      yield* server.kill("SIGKILL")
      assert.deepStrictEqual(yield* client.ended, { code: 0, stdout: line, stderr: "" })
    })
  )

  it.scopedLive(
    "never accepts and has a full backlog: exit code 124 after --timeout, or over a Unix socket 1 at once",
    () =>
      Effect.gen(function* () {
        const overTcp = yield* full(killed)
        const late = yield* run(["client", "--timeout=300ms", ...wordsOf(overTcp.address)])
        assert.deepStrictEqual([late.code, late.stdout], [124, ""])
        assert.match(late.stderr, /^connect 127\.0\.0\.1:\d+: timed out after 300ms\n$/)
        const overUnix = yield* full(killed, pathOf(yield* unix.free))
        const early = yield* run(["client", "--timeout=1m", ...wordsOf(overUnix.address)])
        assert.deepStrictEqual([early.code, early.stdout], [1, ""])
        assert.match(early.stderr, /^connect unix:\/.*: .*\(EAGAIN\)\n$/)
      })
  )

  const script = isThere("script", ["-qec", "true", "/dev/null"])
  it.scopedLive.skipIf(!script)(
    `sends escapes and bidi overrides: writes none of them to a terminal${script ? "" : " (skipped: no script(1))"}`,
    () =>
      Effect.gen(function* () {
        const { address } = yield* here.serve("sendsEscapes", undefined)
        const client = `"${process.execPath}" ${words.join(" ")} client ${patient.join(" ")} ${wordsOf(address).join(" ")}`
        const { code, stdout } = yield* Effect.flatMap(start("script", ["-qec", client, "/dev/null"]), it => it.ended)
        const shown = "\\x1b]0;title\\x07\\x1b[31m\\u202eabc\\u2069\\x0d\\x9b31m é\n"
        assert.deepStrictEqual([code, stdout.replaceAll("\r\n", "\n")], [0, shown])
      })
  )

  it.scopedLive(
    "floods and then resets, while our stdout is not read: is held back, then a prefix is printed, exit code 1",
    () =>
      Effect.gen(function* () {
        let flooding: net.Socket | undefined
        const port = yield* peer(socket => {
          flooding = socket
          play("floods", socket, { flood: Number.POSITIVE_INFINITY })
        })
        const client = yield* unread(["client", ...greedy, "127.0.0.1", port])
        yield* heldBack(() => flooding)
        const taken = flooding!.bytesWritten - flooding!.writableLength
        assert.isBelow(taken, 32 * MiB)
        flooding!.resetAndDestroy()
        const { code, stderr, stdout } = yield* client.read
        assert.strictEqual(code, 1)
        assert.match(stderr, reset)
        assertPrefix(stdout)
        assert.isAtMost(stdout.length, taken + 1)
      })
  )
})

/** Checks that stdout is a prefix of the long stream, with or without a newline at the end. */
const assertPrefix = (stdout: string) => {
  const text = stdout.endsWith("\n") ? stdout.slice(0, -1) : stdout
  const period = latin1(251)
  const expected = period.repeat(Math.ceil(text.length / 251)).slice(0, text.length)
  assert.isTrue(text === expected, `the ${text.length} characters differ from the stream`)
  assert.isAbove(text.length, 1000)
}

/** Waits until the peer cannot send for a second. No event says so, and a slow machine needs that long. */
const heldBack = (socket: () => net.Socket | undefined) =>
  Effect.async<void>(resume => {
    let last = -1
    const timer = setInterval(() => {
      const taken = socket()?.bytesWritten ?? -1
      if (taken > 0 && taken === last) {
        clearInterval(timer)
        resume(Effect.void)
      }
      last = taken
    }, 1000)
    return Effect.sync(() => clearInterval(timer))
  })

/** Starts the program. Its output is not read before `read`. */
const unread = (args: ReadonlyArray<string>) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => childProcess.spawn(process.execPath, [...words, ...args])),
      child => Effect.sync(() => child.exitCode ?? child.kill("SIGKILL"))
    ),
    child => ({
      read: Effect.async<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>(resume => {
        const written = { stdout: "", stderr: "" }
        for (const on of ["stdout", "stderr"] as const) {
          child[on].setEncoding("utf8").on("data", (text: string) => {
            written[on] += text
          })
        }
        child.on("close", code => resume(Effect.succeed({ code, ...written })))
      })
    })
  )
