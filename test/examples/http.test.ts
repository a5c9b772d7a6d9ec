/** The example `http`, against scripted servers and against the HTTP server of Python. */
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

/** Fetches a response, with the text of its body. */
const fetch = (url: string) =>
  Effect.gen(function* () {
    const pieces: Array<Uint8Array> = []
    const head = yield* program(new URL(url), piece => Effect.sync(() => void pieces.push(piece)))
    return { ...head, text: Buffer.concat(pieces).toString() }
  })

const request = [TestServer.expect("GET /a?b=c HTTP/1.1\r\nHost: "), TestServer.expectLine(/^127\.0\.0\.1:\d+$/)]

/** Receives `response` from a server that first waits for the request. Returns the result or the error as text. */
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
  ["a body with a length", `${length}hello`, "200 content-length,5,x,1, 2: hello"],
  [
    "a chunked body",
    `${chunked}5;a=b\r\nhello\r\n2\r\n, \r\n00\r\nX: y\r\n\r\n`,
    "200 transfer-encoding,Chunked: hello, "
  ],
  ["a body that ends with the connection", "HTTP/1.0 200 OK\r\nServer: x\r\n\r\nhello", "200 server,x: hello"],
  ["no body", "HTTP/1.1 204 No Content\r\n\r\n", "204 : "],
  ["a response after 100 Continue", `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404\r\n\r\nno`, "404 : no"],
  ["a truncated body", `${length}hel`, "recv: the stream ended after 0 of 2 bytes"],
  ["truncated chunks", `${chunked}5\r\nhello\r\n`, "bad response: the connection ended too early"],
  ["a chunk longer than its size", `${chunked}5\r\nhello, you\r\n`, "bad response: a chunk is longer than its size"],
  ["a chunk with an invalid size", `${chunked}-5\r\n`, "bad response: invalid chunk size -5"],
  [
    "a server that does not speak HTTP",
    "220 mail.example.org\r\n",
    "bad response: invalid status line 220 mail.example.org"
  ]
]

for (const [title, response, found] of responses) {
  onBoth(
    title,
    Effect.map(answered(response), all => assert.strictEqual(all, found))
  )
}

it.live("a response received byte by byte is the same", () =>
  twice(Effect.zipRight(Fault.fragment("bytes"), answered(responses[1]?.[1] ?? "")))
)

const reason = isThere("python3", ["-c", "import http.server"]) ? "" : " (skipped: no python3)"

it.scopedLive.skipIf(reason !== "")(`a file and a missing file of python3 -m http.server${reason}`, () =>
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
