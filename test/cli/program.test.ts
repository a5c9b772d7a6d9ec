/** What the words of a command line come to, over a network of which nothing but the names is there. */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { version } from "../../src/cli/program.ts"
import type { Signal } from "../../src/cli/signal.ts"
import * as Network from "../../src/Network.ts"
import { ConnectError, ListenError } from "../../src/SocketError.ts"
import { runOn } from "./inProcess.ts"

const network = Layer.succeed(
  Network.Network,
  Network.make({
    hostname: Effect.succeed("lesson.test"),
    resolve: () => Effect.succeed(Arr.of("192.0.2.1")),
    dial: address => {
      const attempt = { address, reason: "Refused", elapsed: Duration.zero } as const
      return Effect.fail(new ConnectError({ reason: "Refused", address, attempts: [attempt] }))
    },
    listen: address => Effect.fail(new ListenError({ reason: "AddressNotAvailable", address }))
  })
)

const run = (words: ReadonlyArray<string>, isTTY = false) => runOn(network, words, { isTTY })

describe("usage: exit 2, one line on stderr, nothing on stdout", () => {
  const port = "a port is a whole number from 1 to 65535, such as 808"
  const time = "a time is a number and ms, s, m or h, such as 250ms or 10s"
  const bytes = "a number of bytes is a positive whole number, such as 1024"
  const client = (problem: string) => `effect-sockets client: ${problem}; see effect-sockets client --help`
  const cases: ReadonlyArray<readonly [words: ReadonlyArray<string>, line: string]> = [
    [["frob"], 'effect-sockets: there is no command "frob", only client, server; see effect-sockets --help'],
    [["--frob"], "effect-sockets: unknown option --frob; see effect-sockets --help"],
    [
      ["--completions", "csh"],
      "effect-sockets: --completions is one of sh, bash, fish, zsh; see effect-sockets --help"
    ],
    [["client", "--frob", "localhost"], client("unknown option --frob")],
    [["client", "-v", "localhost"], client("unknown option -v")],
    [["client", "localhost", "--frob=1", "808"], client("unknown option --frob")],
    [["client", "--message", "x"], client("unknown option --message")],
    [["client", "--\x1b[31m"], client("unknown option --\\x1b[31m")],
    [["client", "localhost", "808", "809"], client("Received unknown argument: '809'")],
    [["client", "--once", "--once"], client("--once was given twice")],
    [["client", "--once=yes"], client("--once takes no value")],
    [["client", "localhost", "--bufsize"], client("--bufsize needs a value")],
    [["client", "--bufsize", "0"], client(`--bufsize "0": ${bytes}`)],
    [["client", "--bufsize="], client(`--bufsize "": ${bytes}`)],
    [["client", "--bufsize", "1e3"], client(`--bufsize "1e3": ${bytes}`)],
    [["client", "--max-bytes", "9007199254740992"], client(`--max-bytes "9007199254740992": ${bytes}`)],
    [["client", "--timeout", "10"], client(`--timeout "10": ${time}`)],
    [["client", "--timeout", "-1s"], client(`--timeout "-1s": ${time}`)],
    [["client", "--idle", "0s"], client(`--idle "0s": ${time}`)],
    [["client", "--encoding", "utf8"], client('--encoding "utf8": an encoding is utf-8, ascii or latin1')],
    [["client", "localhost", "abc"], `address "abc": ${port}`],
    [["client", "localhost", "-1"], `address "-1": ${port}`],
    [["client", "localhost", "65536"], `address "65536": ${port}`],
    [["client", "localhost", ""], `address "": ${port}`],
    [["client", "localhost", "0"], `address "0": ${port}`],
    [["client", ""], 'address "": the host is empty; to listen on every address, say 0.0.0.0 or ::'],
    [["client", "localhost:808"], 'address "localhost:808": the port is not part of the host; give it apart'],
    [["client", "unix:/run/x.sock", "808"], 'address "808": a unix: path has no port'],
    [["client", "unix:"], 'address "unix:": a path follows unix:, as in unix:/run/x.sock'],
    [["server", "localhost", "65536"], `address "65536": ${port.replace("from 1", "from 0")}`],
    [["server", "--once"], "effect-sockets server: unknown option --once; see effect-sockets server --help"]
  ]
  it.live.each(cases)("%j", ([words, line]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* run(words), { code: 2, stdout: "", stderr: `${line}\n` })
    })
  )
})

describe("what it answers itself: exit 0, nothing on stderr", () => {
  const cases: ReadonlyArray<readonly [words: ReadonlyArray<string>, stdout: RegExp]> = [
    [["--version"], /^0\.1\.0\n/],
    [["client", "--version"], /^0\.1\.0\n/],
    [["--help"], /COMMANDS[\s\S]*client[\s\S]*server/],
    [["-h"], /COMMANDS/],
    [["client", "--help"], /--max-bytes BYTES/],
    [["client", "--once", "localhost", "-h"], /--max-bytes BYTES/],
    [["server", "--help"], /--message/],
    [["--completions", "bash"], /complete -F .* effect-sockets/],
    [["--completions=zsh"], /#compdef effect-sockets/]
  ]
  it.live.each(cases)("%j", ([words, stdout]) =>
    Effect.gen(function* () {
      const ended = yield* run(words)
      assert.deepStrictEqual([ended.code, ended.stderr], [0, ""])
      assert.match(ended.stdout, stdout)
      assert.notInclude(ended.stdout, "\x1b")
    })
  )

  it.live("in colours on a terminal", () =>
    Effect.gen(function* () {
      assert.include((yield* run(["--help"], true)).stdout, "\x1b[0;1m")
    })
  )

  it("the version is that of the package", () => {
    assert.strictEqual(JSON.parse(fs.readFileSync("package.json", "utf8")).version, version)
  })
})

describe("HOST and PORT", () => {
  const cases: ReadonlyArray<readonly [words: ReadonlyArray<string>, address: string]> = [
    [[], "lesson.test:808"],
    [["other.test"], "other.test:808"],
    [["--", "127.0.0.1", "809"], "127.0.0.1:809"],
    [["::1", "809"], "[::1]:809"],
    [["[::1]"], "[::1]:808"],
    [["unix:/run/x.sock"], "unix:/run/x.sock"],
    [["client", "809"], "client:809"],
    [["server"], "server:808"]
  ]
  it.live.each(cases)("%j", ([words, address]) =>
    Effect.gen(function* () {
      const client = yield* run(["client", ...words])
      assert.deepStrictEqual([client.code, client.stdout], [1, ""])
      assert.include(client.stderr, `connect ${address}: connection refused`)
    })
  )

  it.live("options may stand anywhere, and the log level before the command", () =>
    Effect.gen(function* () {
      const words = ["--log-level", "debug", "client", "::1", "--once", "809", "--bufsize=1", "--timeout", "1h"]
      assert.include((yield* run(words)).stderr, "connect [::1]:809: connection refused")
    })
  )

  it.live("the server binds the first address of this machine's name", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* run(["server"]), {
        code: 1,
        stdout: "",
        stderr: "listen 192.0.2.1:808: address not available on this machine\n"
      })
    })
  )
})

describe("a signal", () => {
  const waiting = Network.make({
    hostname: Effect.succeed("lesson.test"),
    resolve: () => Effect.never,
    dial: () => Effect.never,
    listen: () => Effect.never
  })
  const cases: ReadonlyArray<readonly [command: string, signal: Signal, code: number]> = [
    ["client", "SIGINT", 130],
    ["client", "SIGTERM", 143],
    ["server", "SIGINT", 0],
    ["server", "SIGTERM", 0]
  ]
  it.live.each(cases)("%s %s: exit %d", ([command, signal, code]) =>
    Effect.gen(function* () {
      const sent = yield* Deferred.make<Signal>()
      yield* Deferred.succeed(sent, signal)
      const ended = yield* runOn(Layer.succeed(Network.Network, waiting), [command], { signal: Deferred.await(sent) })
      assert.deepStrictEqual(ended, { code, stdout: "", stderr: "" })
    })
  )
})

it.live("a bug is exit 70, and its trace helps", () =>
  Effect.gen(function* () {
    const broken = Layer.succeed(Network.Network, {
      ...Network.make({
        hostname: Effect.dieMessage("no such thing"),
        resolve: () => Effect.never,
        dial: () => Effect.never,
        listen: () => Effect.never
      })
    })
    const ended = yield* runOn(broken, ["client"])
    assert.deepStrictEqual([ended.code, ended.stdout], [70, ""])
    assert.match(ended.stderr, /^RuntimeException: no such thing\n {4}at /)
  })
)
