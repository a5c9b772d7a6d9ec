/** The program over TLS, against itself. */
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as input from "../../src/cli/kit/input.ts"
import * as Network from "../../src/Network.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as NodeTls from "../../src/NodeTls.ts"
import * as Server from "../../src/Server.ts"
import type { RecvError, SendError } from "../../src/SocketError.ts"
import type * as Tls from "../../src/Tls.ts"
import { type Options, runOn } from "./inProcess.ts"
import { whileServing } from "./runningServer.ts"
import { tlsFiles } from "./tlsFiles.ts"

type Files = Effect.Effect.Success<typeof tlsFiles>

const run = (words: ReadonlyArray<string>, options?: Options) => runOn(NodeNetwork.layer, words, options)

const test = (
  name: string,
  effect: (files: Files) => Effect.Effect<unknown, unknown, Network.Network | Tls.Tls | Scope.Scope>
) =>
  it.scopedLive(name, () =>
    Effect.flatMap(tlsFiles, effect).pipe(Effect.provide(NodeTls.layer), Effect.provide(NodeNetwork.layer))
  )

/** A stdin that contains this text. */
const typed = (text: string): input.Reader => {
  const chunks = [new TextEncoder().encode(text)]
  return { size: Option.none(), read: Effect.sync(() => Option.fromNullable(chunks.shift())) }
}

const here = ["127.0.0.1", "0"]

const as = ({ cert, key }: { readonly cert: string; readonly key: string }) => ["--tls-cert", cert, "--tls-key", key]

/** Splits an address into HOST and PORT. */
const split = (address: string): ReadonlyArray<string> => [
  address.slice(0, address.lastIndexOf(":")),
  address.slice(address.lastIndexOf(":") + 1)
]

const server = (files: Files, ...more: ReadonlyArray<string>) => [
  ...["server", ...here, "--message", "hello\n", "--tls", ...as(files.server)],
  ...more
]

const client = (address: string, ...more: ReadonlyArray<string>) =>
  run(["client", ...split(address), "--idle", "1m", "--tls", ...more])

/** Starts a plain echo server, and returns its address. */
const echoing = Effect.gen(function* () {
  const listener = yield* Network.listen("127.0.0.1:0")
  const echo = Server.serve(listener, socket =>
    Effect.flatMap(socket.recvAll(), (bytes): Effect.Effect<void, SendError | RecvError> => socket.sendAll(bytes))
  )
  yield* Effect.forkScoped(echo)
  return listener.address._tag === "Inet" ? `127.0.0.1:${listener.address.port}` : ""
})

describe("client and server", () => {
  test("client --tls prints what server --tls sends, and both write no message", files =>
    Effect.gen(function* () {
      const { stderr, used } = yield* whileServing(server(files), address => client(address, "--tls-ca", files.ca))
      assert.deepStrictEqual(used, { code: 0, stdout: "hello\n", stderr: "" })
      assert.match(stderr, /^listening on \S+\n$/)
    }))

  test("client --once receives once over TLS", files =>
    Effect.gen(function* () {
      const { used } = yield* whileServing(server(files), address => client(address, "--once", "--tls-ca", files.ca))
      assert.deepStrictEqual(used, { code: 0, stdout: "hello\n", stderr: "" })
    }))

  test("-v shows the version, the cipher and the certificate on both sides", files =>
    Effect.gen(function* () {
      const { stderr, used } = yield* whileServing(server(files, "-v"), address =>
        client(address, "--tls-ca", files.ca, "-v")
      )
      const negotiated = "tls 127\\.0\\.0\\.1:\\d+: TLS 1\\.3, TLS_AES_256_GCM_SHA384; "
      const validity =
        "valid from \\d{4}-\\d\\d-\\d\\d to \\d{4}-\\d\\d-\\d\\d, SHA-256 (?:[0-9A-F]{2}:){31}[0-9A-F]{2}"
      const certificate = `certificate for localhost, 127\\.0\\.0\\.1, issued by CN=Test authority, ${validity}`
      assert.match(used.stderr, new RegExp(`^connect .*\n${negotiated}${certificate}\n$`))
      assert.match(stderr, new RegExp(`\naccepted .*\n${negotiated}the peer has no certificate\nended `))
    }))

  test("--json has the version, the cipher and the certificate", files =>
    Effect.gen(function* () {
      const { used } = yield* whileServing(server(files), address => client(address, "--tls-ca", files.ca, "--json"))
      const [, second = ""] = used.stderr.split("\n")
      const { certificate, cipher, event, version } = JSON.parse(second)
      assert.deepStrictEqual([event, version, cipher], ["tls", "1.3", "TLS_AES_256_GCM_SHA384"])
      assert.deepStrictEqual(certificate.names, ["localhost", "127.0.0.1"])
    }))

  test("--tls-name is the name that is verified", files =>
    Effect.gen(function* () {
      const { used } = yield* whileServing(server(files), address =>
        Effect.zip(
          client(address, "--tls-ca", files.ca, "--tls-name", "localhost"),
          client(address, "--tls-ca", files.ca, "--tls-name", "other.test")
        )
      )
      const [good, bad] = used
      assert.deepStrictEqual([good.code, good.stdout], [0, "hello\n"])
      assert.deepStrictEqual([bad.code, bad.stdout], [1, ""])
      assert.match(
        bad.stderr,
        /^tls client 127\.0\.0\.1:\d+ \(other\.test\): .* is for localhost, 127\.0\.0\.1, not other\.test.*\n$/
      )
    }))

  test("a certificate of an unknown authority is one line and exit code 1, and the server goes on", files =>
    Effect.gen(function* () {
      const { stderr, used } = yield* whileServing(server(files), address =>
        Effect.zip(client(address, "--tls-ca", files.otherCa), client(address, "--tls-ca", files.ca))
      )
      const [refused, accepted] = used
      assert.deepStrictEqual([refused.code, refused.stdout], [1, ""])
      assert.match(refused.stderr, /^tls client .*: the peer's certificate is not signed by a trusted authority.*\n$/)
      assert.deepStrictEqual([accepted.code, accepted.stdout], [0, "hello\n"])
      assert.match(stderr, /^listening on .*\n(?:tls server .*\n)?$/)
    }))

  test("--tls-insecure accepts any certificate", files =>
    Effect.gen(function* () {
      const { used } = yield* whileServing(server(files), address =>
        client(address, "--tls-insecure", "--tls-name", "other.test")
      )
      assert.deepStrictEqual(used, { code: 0, stdout: "hello\n", stderr: "" })
    }))

  test("--tls-client-ca accepts a client with a certificate of this authority, and no other client", files =>
    Effect.gen(function* () {
      const { stderr, used } = yield* whileServing(server(files, "--tls-client-ca", files.ca, "-v"), address =>
        Effect.zip(client(address, "--tls-ca", files.ca), client(address, "--tls-ca", files.ca, ...as(files.person)))
      )
      const [without, having] = used
      assert.deepStrictEqual([without.code, without.stdout], [1, ""])
      assert.strictEqual(without.stderr.split("\n").length, 2, without.stderr)
      assert.deepStrictEqual([having.code, having.stdout], [0, "hello\n"])
      assert.match(stderr, /\ntls server 127\.0\.0\.1:\d+: the peer sent no certificate, and one is required.*\n/)
      assert.match(stderr, /; certificate for person\.test, /)
    }))

  test("a server that is silent in the handshake is a timeout, with exit code 124", files =>
    Effect.gen(function* () {
      const listener = yield* Network.listen("127.0.0.1:0")
      const { address } = listener
      const port = address._tag === "Inet" ? `${address.port}` : ""
      const ended = yield* client(`127.0.0.1:${port}`, "--tls-ca", files.ca, "--timeout", "200ms")
      assert.deepStrictEqual(ended, {
        code: 124,
        stdout: "",
        stderr: `tls client 127.0.0.1:${port} (127.0.0.1): timed out after 200ms\n`
      })
    }))

  test("a server without TLS is one line and exit code 1", files =>
    Effect.gen(function* () {
      const words = ["server", ...here, "--message", "220 hello\r\n"]
      const { used } = yield* whileServing(words, address => client(address, "--tls-ca", files.ca))
      assert.deepStrictEqual([used.code, used.stdout], [1, ""])
      assert.match(used.stderr, /^tls client .*: the peer does not speak TLS.*\n$/)
    }))

  test("a Unix socket needs --tls-name", files =>
    Effect.gen(function* () {
      const file = `unix:${path.join(files.folder, "s")}`
      const words = ["server", file, "--message", "hello\n", "--tls", ...as(files.server)]
      const { used } = yield* whileServing(words, () =>
        Effect.zip(
          run(["client", file, "--tls", "--tls-ca", files.ca, "--tls-name", "localhost"]),
          run(["client", file, "--tls", "--tls-ca", files.ca])
        )
      )
      const [named, unnamed] = used
      assert.deepStrictEqual(named, { code: 0, stdout: "hello\n", stderr: "" })
      assert.strictEqual(unnamed.code, 2)
      assert.include(unnamed.stderr, "a certificate cannot be valid for a unix: path; add --tls-name")
    }))
})

describe("pipe", () => {
  test("pipe --tls sends stdin to echo --tls and writes what it receives", files =>
    Effect.gen(function* () {
      const text = "a line\n".repeat(50_000)
      const { used } = yield* whileServing(["echo", ...here, "--tls", ...as(files.server)], address =>
        run(["pipe", ...split(address), "--tls", "--tls-ca", files.ca], { stdin: typed(text) })
      )
      assert.deepStrictEqual([used.code, used.stderr], [0, ""])
      assert.strictEqual(used.stdout, text)
    }))

  test("pipe --listen --tls accepts one client after a failed handshake", files =>
    Effect.gen(function* () {
      const words = ["pipe", "--listen", ...here, "--tls", ...as(files.server), "--alpn", "x,y", "-v"]
      const { stderr, stdout, used } = yield* whileServing(
        words,
        address => {
          const pipe = ["pipe", ...split(address), "--tls", "--tls-ca"]
          return Effect.zip(
            run([...pipe, files.otherCa]),
            run([...pipe, files.ca, "--alpn", "y,x", "-v"], { stdin: typed("question") })
          )
        },
        typed("answer")
      )
      assert.strictEqual(used[0].code, 1)
      assert.deepStrictEqual([used[1].code, used[1].stdout, stdout], [0, "answer", "question"])
      assert.include(used[1].stderr, ", protocol x; certificate for")
      assert.include(stderr, ", protocol x; the peer has no certificate")
    }))

  test("pipe --tls reports a server without a common protocol", files =>
    Effect.gen(function* () {
      const words = ["pipe", "--listen", ...here, "--tls", ...as(files.server), "--alpn", "x"]
      const { stderr, used } = yield* whileServing(
        words,
        address => {
          const pipe = ["pipe", ...split(address), "--tls", "--tls-ca", files.ca]
          return Effect.zip(run([...pipe, "--alpn", "y"]), run(pipe))
        },
        typed("")
      )
      assert.deepStrictEqual([used[0].code, used[1].code], [1, 0])
      assert.match(used[0].stderr, /^tls client .*\n$/)
      assert.match(stderr, /\ntls server .*: the peer has no protocol \(ALPN\) in common with us.*\n/)
    }))
})

describe("proxy", () => {
  test("--target-tls adds TLS on the way to the target", files =>
    Effect.gen(function* () {
      const { used } = yield* whileServing(["echo", ...here, "--tls", ...as(files.server)], target =>
        whileServing(["proxy", "127.0.0.1:0", target, "--target-tls", "--tls-ca", files.ca], address =>
          run(["pipe", ...split(address)], { stdin: typed("hello") })
        )
      )
      assert.deepStrictEqual(used.used, { code: 0, stdout: "hello", stderr: "" })
    }))

  test("--tls takes TLS off the connections of the clients", files =>
    Effect.gen(function* () {
      const target = yield* echoing
      const { used } = yield* whileServing(["proxy", "127.0.0.1:0", target, "--tls", ...as(files.server)], address =>
        run(["pipe", ...split(address), "--tls", "--tls-ca", files.ca], { stdin: typed("hello") })
      )
      assert.deepStrictEqual(used, { code: 0, stdout: "hello", stderr: "" })
    }))

  test("a target with a wrong certificate is one line, and the client is reset", files =>
    Effect.gen(function* () {
      const { used } = yield* whileServing(["echo", ...here, "--tls", ...as(files.elsewhere)], target =>
        whileServing(["proxy", "127.0.0.1:0", target, "--target-tls", "--tls-ca", files.ca], address =>
          run(["pipe", ...split(address)], { stdin: typed("hello") })
        )
      )
      assert.strictEqual(used.used.code, 1)
      assert.match(
        used.stderr,
        /\nconnection 1: tls client .*: the peer's certificate is for elsewhere\.test, not 127\.0\.0\.1.*\n$/
      )
    }))
})

describe("wrong options are one line and exit code 2, before anything is opened", () => {
  const cases: ReadonlyArray<readonly [words: string, problem: string]> = [
    ["client h --tls-name x", "--tls-name needs --tls"],
    ["client h --alpn h2", "--alpn needs --tls"],
    ["client h --tls --tls-name=", '--tls-name "": use a host name or an IP address'],
    ["client h --tls --alpn a,,b", '--alpn "a,,b": use names separated by commas, such as h2,http/1.1'],
    ["client h --tls --tls-cert SERVER.pem", "--tls-cert needs --tls-key"],
    ["client h --tls --tls-ca ca.pem --tls-insecure", "--tls-ca and --tls-insecure exclude each other"],
    ["client h --tls --tls-ca FOLDER/none", '--tls-ca "FOLDER/none": cannot be read (ENOENT)'],
    ["client h --tls --tls-ca FOLDER/text.txt", '--tls-ca "FOLDER/text.txt": is not a certificate in PEM format'],
    ["server --tls-key FOLDER/server.key", "--tls-key needs --tls"],
    ["server --tls", "--tls needs --tls-cert and --tls-key"],
    [
      "echo --tls --tls-cert FOLDER/text.txt --tls-key FOLDER/server.key",
      '--tls-cert "FOLDER/text.txt": is not a certificate in PEM format'
    ],
    [
      "echo --tls --tls-cert FOLDER/server.pem --tls-key FOLDER/text.txt",
      '--tls-key "FOLDER/text.txt": is not a private key in PEM format, or it is encrypted'
    ],
    [
      "echo --tls --tls-cert FOLDER/server.pem --tls-key FOLDER/person.key",
      '--tls-key "FOLDER/person.key": is not the key of the certificate in --tls-cert "FOLDER/server.pem"'
    ],
    ["pipe h --tls --tls-client-ca x", "--tls-client-ca needs --listen"],
    ["pipe --listen --tls --tls-name x", "--tls-name and --listen exclude each other"],
    ["proxy :0 :1 --tls-name x", "--tls-name needs --target-tls"],
    ["proxy :0 :1 --target-tls --tls-cert x --tls-key y", "--tls-cert needs --tls"]
  ]

  for (const [words, problem] of cases) {
    test(`${words}: ${problem}`, ({ folder }) =>
      Effect.gen(function* () {
        const given = words.replaceAll("FOLDER", folder).split(" ")
        const command = `effect-sockets ${given[0]}`
        const stderr = `${command}: ${problem.replaceAll("FOLDER", folder)}; see ${command} --help\n`
        assert.deepStrictEqual(yield* run(given), { code: 2, stdout: "", stderr })
      }))
  }
})
