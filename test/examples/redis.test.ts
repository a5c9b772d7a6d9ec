/** The example `redis`, against scripted servers, and against Redis if it is installed. */
import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { Network, Tls } from "effect-sockets"
import * as Fault from "effect-sockets/Fault"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as NodeTls from "effect-sockets/NodeTls"
import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"
import * as SocketAddress from "effect-sockets/SocketAddress"
import * as TestCertificates from "effect-sockets/TestCertificates"
import * as TestServer from "effect-sockets/TestServer"
import { program, programTls } from "../../examples/redis/client.ts"
import { Refused } from "../../examples/redis/reply.ts"
import type { Command } from "../../examples/redis/resp.ts"
import { isThere, start } from "../cli/spawn.ts"
import { onBoth, twice } from "./onBoth.ts"

const bytes = (text: string) => new TextEncoder().encode(text)

/** Sends `commands` to a server that waits for all of them before its first reply. Returns the replies or the error. */
const asked = (commands: ReadonlyArray<Command>, sent: string, replies: string) =>
  Effect.gen(function* () {
    const { address, verify } = yield* TestServer.TestServer
    const found = yield* Effect.either(program(address, commands))
    yield* verify
    return found._tag === "Right" ? found.right : found.left.message
  }).pipe(Effect.provide(TestServer.layerScript([TestServer.expect(sent), TestServer.send(replies), TestServer.close])))

const all = Effect.gen(function* () {
  const commands = [
    ["SET", "käse", bytes("a\r\nb")],
    ["GET", "käse"],
    ["INCR", "n"],
    ["GET", "none"],
    ["X"],
    ["SCAN", "0"]
  ]
  const sent =
    "*3\r\n$3\r\nSET\r\n$5\r\nkäse\r\n$4\r\na\r\nb\r\n*2\r\n$3\r\nGET\r\n$5\r\nkäse\r\n*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n" +
    "*2\r\n$3\r\nGET\r\n$4\r\nnone\r\n*1\r\n$1\r\nX\r\n*2\r\n$4\r\nSCAN\r\n$1\r\n0\r\n"
  const replies = "+OK\r\n$4\r\na\r\nb\r\n:-1\r\n$-1\r\n-ERR unknown\r\n*2\r\n$1\r\n0\r\n*2\r\n$0\r\n\r\n*-1\r\n"
  const expected = ["OK", bytes("a\r\nb"), -1, null, new Refused({ message: "ERR unknown" })]
  const scanned = [bytes("0"), [bytes(""), null]]
  assert.deepStrictEqual(yield* asked(commands, sent, replies), [...expected, scanned])
})

onBoth("each command gets its reply, of each type", all)

it.live("replies received byte by byte are the same", () => twice(Effect.zipRight(Fault.fragment("bytes"), all)))

const ping = "*1\r\n$4\r\nPING\r\n"

const wrong: ReadonlyArray<readonly [replies: string, message: string]> = [
  ["", "the stream ended after 0 of 1 byte"],
  ["$4\r\nPO", "the stream ended after 6 of 10 bytes"],
  ["HTTP/1.1 400 Bad Request\r\n", 'bad reply: unknown type "H"'],
  [":1.5\r\n", 'bad reply: invalid number "1.5"'],
  ["$2\r\nPONG\r\n", "bad reply: a bulk string is longer than its length"],
  [`*${"1\r\n*".repeat(20)}1\r\n`, "bad reply: arrays nested too deeply"],
  ["$99999999999\r\n", "bad reply: invalid length 99999999999"]
]

for (const [replies, message] of wrong) {
  onBoth(
    `${JSON.stringify(replies)} is not a reply`,
    Effect.map(asked([["PING"]], ping, replies), found => assert.include(String(found), message))
  )
}

const certified = Effect.gen(function* () {
  const authority = yield* TestCertificates.authority()
  const identity = yield* authority.issue({ names: ["127.0.0.1"] })
  return { identity, context: yield* Tls.context({ ca: authority.certificate }) }
})

const overTls = Effect.gen(function* () {
  const { context, identity } = yield* certified
  const script = [TestServer.expect(`${ping}${ping}`), TestServer.send("+PONG\r\n$4\r\nPONG\r\n"), TestServer.close]
  yield* Effect.gen(function* () {
    const { address, verify } = yield* TestServer.TestServer
    const unknown = yield* Effect.flip(programTls(address, [["PING"]]))
    assert.deepInclude(unknown, { _tag: "TlsError", reason: "Untrusted" })
    assert.deepStrictEqual(yield* programTls(address, [["PING"], ["PING"]], { context }), ["PONG", bytes("PONG")])
    yield* verify
  }).pipe(Effect.provide(TestServer.layerScript(script, { tls: { context: yield* Tls.context({ identity }) } })))
})

/** The server sends a part of a reply and ends the connection without close_notify, as an attacker would. */
const cutOverTls = Effect.gen(function* () {
  const { context, identity } = yield* certified
  const tls = { context: yield* Tls.context({ identity }) }
  const error = yield* Effect.flatMap(TestServer.TestServer, ({ address }) =>
    Effect.flip(programTls(address, [["PING"]], { context }))
  ).pipe(Effect.provide(TestServer.layerTruncated("$4\r\nPO", { tls })))
  assert.deepInclude(error, { _tag: "RecvError", reason: "Truncated" })
})

const tests: ReadonlyArray<readonly [string, Effect.Effect<void, unknown, Network.Network | Tls.Tls | Scope.Scope>]> = [
  ["over TLS, the replies are the same, and the certificate is verified", overTls],
  ["over TLS, a cut connection is an error with reason Truncated", cutOverTls]
]

for (const [title, test] of tests) {
  const run = Effect.scoped(Effect.provide(test, NodeTls.layer))
  it.live(`${title}: simulated`, () => SimulatedNetwork.run(run))
  it.live(`${title}: over TCP`, () => Effect.provide(run, NodeNetwork.layer))
}

const reason = isThere("redis-server", ["--version"]) ? "" : " (skipped: no redis-server)"

it.scopedLive.skipIf(reason !== "")(`ten thousand commands at once get their replies from a real Redis${reason}`, () =>
  Effect.gen(function* () {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "redis-"))
    yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true })))
    const socket = path.join(folder, "redis.sock")
    const options = ["--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder]
    const server = yield* start("redis-server", options)
    yield* server.wrote("stdout", /eady to accept connections/)
    const numbers = Array.from({ length: 10_000 }, (_, n) => n + 1)
    const address = SocketAddress.unsafeUnix(socket)
    assert.deepStrictEqual(
      yield* program(
        address,
        numbers.map(() => ["INCR", "n"])
      ),
      numbers
    )
    const commands = [
      ["SET", "a", bytes("\u0000\r\n")],
      ["GET", "a"],
      ["LRANGE", "none", "0", "-1"],
      ["INCR", "a"]
    ]
    const [set, got, range, refused] = yield* program(address, commands)
    assert.deepStrictEqual([set, got, range], ["OK", bytes("\u0000\r\n"), []])
    assert.instanceOf(refused, Refused)
  }).pipe(Effect.provide(NodeNetwork.layer))
)

/** Why Redis over TLS cannot be tested. A Redis that was built without TLS does not know the option. */
const reasonTls = (): string => {
  if (reason !== "") return reason
  const { stderr } = childProcess.spawnSync("redis-server", ["--tls-port", "x"], { encoding: "utf8" })
  return stderr.includes("integer") ? "" : " (skipped: redis-server was built without TLS)"
}
const whyNot = reasonTls()

it.scopedLive.skipIf(whyNot !== "")(`a real Redis is asked over TLS${whyNot}`, () =>
  Effect.gen(function* () {
    const { context, identity } = yield* certified
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "redis-"))
    yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true })))
    const [cert, key] = [path.join(folder, "cert.pem"), path.join(folder, "key.pem")]
    fs.writeFileSync(cert, identity.certificate)
    fs.writeFileSync(key, Redacted.value(identity.key))
    // Redis needs the number of a free port. The listener that had it is closed.
    const { address } = yield* Effect.scoped(Network.listen("127.0.0.1:0"))
    const port = address._tag === "Inet" ? `${address.port}` : ""
    const server = yield* start("redis-server", [
      ...["--bind", "127.0.0.1", "--port", "0", "--tls-port", port, "--save", "", "--dir", folder],
      ...["--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", cert, "--tls-auth-clients", "no"]
    ])
    yield* server.wrote("stdout", /eady to accept connections/)
    const numbers = Array.from({ length: 10_000 }, (_, n) => n + 1)
    const increments = numbers.map(() => ["INCR", "n"])
    assert.deepStrictEqual(yield* programTls(address, increments, { context }), numbers)
    const error = yield* Effect.flip(programTls(address, [["PING"]], { context, name: "other.test" }))
    assert.deepInclude(error, { _tag: "TlsError", reason: "WrongName" })
  }).pipe(Effect.provide([NodeTls.layer, NodeNetwork.layer]))
)
