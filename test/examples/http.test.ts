/** HTTP GET of `examples`, against scripts and against a server that is not ours. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fault from "effect-sockets/Fault"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as TestServer from "effect-sockets/TestServer"
import { program } from "../../examples/http/get.ts"
import { isThere, start } from "../cli/spawn.ts"
import { onBoth, twice } from "./onBoth.ts"

/** The response, with the text of its body. */
const fetch = (url: string) =>
  Effect.gen(function* () {
    const pieces: Array<Uint8Array> = []
    const head = yield* program(new URL(url), piece => Effect.sync(() => void pieces.push(piece)))
    return { ...head, text: Buffer.concat(pieces).toString() }
  })

const request = [TestServer.expect("GET /a?b=c HTTP/1.1\r\nHost: "), TestServer.expectLine(/^127\.0\.0\.1:\d+$/)]

/** What comes of a response of these lines, from a server that waits for the request. */
const answered = (response: string) =>
  Effect.gen(function* () {
    const { address, verify } = yield* TestServer.TestServer
    const found = yield* Effect.either(fetch(`http://${address}/a?b=c`))
    yield* verify
    return found._tag === "Right"
      ? `${found.right.status} ${[...found.right.headers]}: ${found.right.text}`
      : found.left.message
  }).pipe(
    Effect.provide(
      TestServer.layerScript([
        ...request,
        TestServer.expect("Connection: close\r\n\r\n"),
        TestServer.send(response),
        TestServer.close
      ])
    )
  )

const length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: 1\r\nx:2 \r\n\r\n"
const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"

const responses: ReadonlyArray<readonly [title: string, response: string, found: string]> = [
  ["a body of a length", `${length}hello`, "200 content-length,5,x,1, 2: hello"],
  [
    "a body in chunks",
    `${chunked}5;a=b\r\nhello\r\n2\r\n, \r\n00\r\nX: y\r\n\r\n`,
    "200 transfer-encoding,Chunked: hello, "
  ],
  ["a body to the end", "HTTP/1.0 200 OK\r\nServer: x\r\n\r\nhello", "200 server,x: hello"],
  ["no body", "HTTP/1.1 204 No Content\r\n\r\n", "204 : "],
  ["a response after a 100", `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404\r\n\r\nno`, "404 : no"],
  ["a body that is cut", `${length}hel`, "recv: the stream ended after 0 of 2 bytes"],
  ["chunks that are cut", `${chunked}5\r\nhello\r\n`, "bad response: it ended too early"],
  ["a chunk that goes on", `${chunked}5\r\nhello, you\r\n`, "bad response: a chunk that does not end"],
  ["a chunk of no size", `${chunked}-5\r\n`, "bad response: the chunk size -5"],
  ["what is no HTTP", "220 mail.example.org\r\n", "bad response: the status line 220 mail.example.org"]
]

for (const [title, response, found] of responses) {
  onBoth(
    title,
    Effect.map(answered(response), all => assert.strictEqual(all, found))
  )
}

it.live("a response in the smallest pieces is the same", () =>
  twice(Effect.zipRight(Fault.fragment("bytes"), answered(responses[1]?.[1] ?? "")))
)

const reason = isThere("python3", ["-c", "import http.server"]) ? "" : " (skipped: no python3)"

it.scopedLive.skipIf(reason !== "")(`a file, and none, of python3 -m http.server${reason}`, () =>
  Effect.gen(function* () {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "http-"))
    yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(folder, { recursive: true })))
    const text = "a line of a file\n".repeat(20_000)
    fs.writeFileSync(path.join(folder, "file.txt"), text)
    const server = yield* start("python3", ["-u", "-B", "-m", "http.server", "0", "--bind", "127.0.0.1"], {
      cwd: folder
    })
    const [, port] = yield* server.wrote("stdout", /port (\d+)/)
    const there = yield* fetch(`http://127.0.0.1:${port}/file.txt`)
    assert.strictEqual(there.text, text)
    assert.deepStrictEqual([there.status, there.headers.get("content-type")], [200, "text/plain"])
    assert.strictEqual((yield* fetch(`http://127.0.0.1:${port}/none`)).status, 404)
  }).pipe(Effect.provide(NodeNetwork.layer))
)
