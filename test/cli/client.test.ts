/**
 * `client`, as a child process, against peers that do as they should, or not. Where `--idle` is not what a test is
 * about it is long: the machine may be slow.
 */
import type * as net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { freePort, isThere, peer, program, run, start, words } from "./spawn.ts"

const greeting = (socket: net.Socket) => socket.end("Connection Established")

describe.concurrent("what comes goes to stdout", () => {
  const byteAtATime = (bytes: Buffer) => (socket: net.Socket) => {
    socket.setNoDelay(true)
    let at = 0
    const next = (): unknown =>
      at === bytes.length ? socket.end() : socket.write(bytes.subarray(at, ++at), () => setImmediate(next))
    next()
  }

  const cases: ReadonlyArray<
    readonly [title: string, peer: (socket: net.Socket) => void, options: ReadonlyArray<string>, stdout: string]
  > = [
    ["a byte at a time", byteAtATime(Buffer.from("Connection Established")), [], "Connection Established\n"],
    ["characters cut in the middle", byteAtATime(Buffer.from("a é € 😀\n")), [], "a é € 😀\n"],
    ["nothing at all, and nothing is printed", socket => socket.end(), [], ""],
    [
      "with --once, one recv and no more",
      socket => socket.write("Connection Established"),
      ["--once", "--bufsize=10"],
      "Connection\n"
    ],
    ["to a pipe, what a terminal would not be given", socket => socket.end("\x1b[31m\u202e"), [], "\x1b[31m\u202e\n"]
  ]
  for (const [title, onConnection, options, stdout] of cases) {
    it.scopedLive(title, () =>
      Effect.gen(function* () {
        const port = yield* peer(onConnection)
        assert.deepStrictEqual(yield* run(["client", "--idle=1m", ...options, "127.0.0.1", port]), {
          code: 0,
          stdout,
          stderr: ""
        })
      })
    )
  }

  it.scopedLive("--idle: silence after the first byte ends the message, exit 0, and stderr says so", () =>
    Effect.gen(function* () {
      const port = yield* peer(socket => socket.write("still here"))
      assert.deepStrictEqual(yield* run(["client", "127.0.0.1", port, "--idle", "250ms"]), {
        code: 0,
        stdout: "still here\n",
        stderr: `recv 127.0.0.1:${port}: no more for 250ms; the peer is still open\n`
      })
    })
  )

  it.scopedLive("| head -c 5 ends it quietly", () =>
    Effect.gen(function* () {
      // Without an end, and faster than `--idle`: only the closed pipe can end it.
      const port = yield* peer(socket => {
        const timer = setInterval(() => socket.write("Connection Established\n"), 10)
        socket.on("close", () => clearInterval(timer))
      })
      const client = `"${process.execPath}" ${words.join(" ")} client 127.0.0.1 ${port}`
      const shell = yield* start("bash", ["-c", `${client} | head -c 5; exit \${PIPESTATUS[0]}`])
      assert.deepStrictEqual(yield* shell.ended, { code: 0, stdout: "Conne", stderr: "" })
    })
  )

  const script = isThere("script", ["-qec", "true", "/dev/null"])
  it.scopedLive.skipIf(!script)(
    `on a terminal, control characters and bidi overrides are escaped${script ? "" : " (skipped: no script(1))"}`,
    () =>
      Effect.gen(function* () {
        const port = yield* peer(socket => socket.end("a\tb\n\x1b]0;title\x07\r\x7f\x9b31m \u202eabc\u2069 é"))
        const client = `"${process.execPath}" ${words.join(" ")} client 127.0.0.1 ${port}`
        const terminal = yield* start("script", ["-qec", client, "/dev/null"])
        const { code, stdout } = yield* terminal.ended
        const expected = "a\tb\n\\x1b]0;title\\x07\\x0d\\x7f\\x9b31m \\u202eabc\\u2069 é\n"
        assert.deepStrictEqual([code, stdout.replaceAll("\r\n", "\n")], [0, expected])
      })
  )
})

describe.concurrent("every expected failure is one line on stderr", () => {
  it.scopedLive("refused", () =>
    Effect.gen(function* () {
      const port = yield* freePort
      assert.deepStrictEqual(yield* run(["client", "127.0.0.1", port]), {
        code: 1,
        stdout: "",
        stderr: `connect 127.0.0.1:${port}: connection refused (ECONNREFUSED)\n`
      })
    })
  )

  it.scopedLive("an unknown host", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* run(["client", "nosuch.invalid"])
      assert.deepStrictEqual([code, stdout], [1, ""])
      // Without a name server nobody knows whether there is such a name.
      assert.match(
        stderr,
        /^resolve "nosuch\.invalid": (name not found \(ENOTFOUND\)|temporary failure in name resolution \(EAI_AGAIN\))\n$/
      )
    })
  )

  it.scopedLive("a bad port", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* run(["client", "127.0.0.1", "65536"]), {
        code: 2,
        stdout: "",
        stderr: 'address "65536": a port is a whole number from 1 to 65535, such as 808\n'
      })
    })
  )

  it.scopedLive("--timeout: a peer that never speaks, exit 124", () =>
    Effect.gen(function* () {
      const port = yield* peer(() => {})
      assert.deepStrictEqual(yield* run(["client", "--timeout", "300ms", "127.0.0.1", port]), {
        code: 124,
        stdout: "",
        stderr: `recv 127.0.0.1:${port}: timed out after 300ms\n`
      })
    })
  )

  it.scopedLive("a reset, after what came before it", () =>
    Effect.gen(function* () {
      let reset = () => {}
      const port = yield* peer(socket => {
        reset = () => socket.resetAndDestroy()
        socket.write("Connection Est")
      })
      const client = yield* program(["client", "--idle", "1m", "127.0.0.1", port])
      yield* client.wrote("stdout", /Connection Est/)
      reset()
      assert.deepStrictEqual(yield* client.ended, {
        code: 1,
        stdout: "Connection Est\n",
        stderr: `recv 127.0.0.1:${port}: connection reset by peer (ECONNRESET)\n`
      })
    })
  )

  it.scopedLive("--encoding ascii: what is none, after what is", () =>
    Effect.gen(function* () {
      const port = yield* peer(socket => socket.end("café"))
      assert.deepStrictEqual(yield* run(["client", "--encoding", "ascii", "127.0.0.1", port]), {
        code: 1,
        stdout: "caf\n",
        stderr: "'ascii' codec can't decode byte 0xc3 in position 0 (byte 3 of the stream): ordinal not in range(128)\n"
      })
    })
  )

  it.scopedLive("--max-bytes: more, after what fits", () =>
    Effect.gen(function* () {
      const port = yield* peer(greeting)
      assert.deepStrictEqual(yield* run(["client", "--max-bytes", "10", "127.0.0.1", port]), {
        code: 1,
        stdout: "Connection\n",
        stderr: "recv: more than 10 bytes came\n"
      })
    })
  )
})

describe.concurrent("a signal", () => {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143]
  ] as const) {
    it.scopedLive(`${signal}: exit ${code}, and nothing on stderr`, () =>
      Effect.gen(function* () {
        const port = yield* peer(socket => socket.write("so far\n"))
        const client = yield* program(["client", "--idle", "1m", "127.0.0.1", port])
        yield* client.wrote("stdout", /so far\n/)
        yield* client.kill(signal)
        assert.deepStrictEqual(yield* client.ended, { code, stdout: "so far\n", stderr: "" })
      })
    )
  }
})
