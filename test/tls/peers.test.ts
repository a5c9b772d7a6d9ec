/** Real peers: openssl, curl, Python and nginx, over TCP. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as SocketAddress from "../../src/SocketAddress.ts"
import * as Tls from "../../src/Tls.ts"
import { type Running, start } from "../cli/spawn.ts"
import { textFrom } from "../proxied.ts"
import { authority, errorIn, identity, only, versions } from "./kit.ts"
import { files, withProgram } from "./programs.ts"

const loopback = SocketAddress.unsafeInet("127.0.0.1", 0)

const portOf = (address: SocketAddress.Resolved): string => (address._tag === "Inet" ? String(address.port) : "")

const contextOf = (version?: Tls.Version) =>
  Tls.context({ ca: authority.certificate, identity, ...(version === undefined ? {} : only(version)) })

const listening = (version?: Tls.Version, options?: Partial<Tls.ListenOptions>) =>
  Effect.flatMap(contextOf(version), context => Tls.listen(loopback, { ...options, context }))

const connecting = (port: string, context: Tls.Context, options?: Tls.ConnectOptions) =>
  Tls.connect(SocketAddress.unsafeInet("127.0.0.1", Number(port)), { name: "localhost", context, ...options })

/** The last line of stdout, which is JSON. */
const resultOf = (running: Running) =>
  Effect.map(running.ended, ({ code, stderr, stdout }) => {
    assert.deepStrictEqual([code, stderr], [0, ""])
    return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")
  })

withProgram("openssl", ["version"], test => {
  const client = (port: string, ca: string, ...words: ReadonlyArray<string>) =>
    start("openssl", [
      ...["s_client", "-connect", `127.0.0.1:${port}`, "-servername", "localhost"],
      ...["-CAfile", ca, "-verify_return_error", "-quiet", ...words]
    ])

  for (const version of versions) {
    const flag = version === "1.2" ? "-tls1_2" : "-tls1_3"

    test(`s_client sends a line, receives a line and sees our end (TLS ${version})`, () =>
      Effect.gen(function* () {
        const { ca } = yield* files
        const listener = yield* listening()
        const running = yield* client(portOf(listener.address), ca, flag)
        yield* running.type("hello\n")
        const socket = yield* listener.accept
        assert.strictEqual(socket.info.version, version)
        assert.deepStrictEqual(socket.info.serverName, Option.some("localhost"))
        assert.deepStrictEqual(yield* socket.recvLine(), Option.some("hello"))
        yield* socket.sendText("HELLO\n")
        yield* socket.close
        assert.strictEqual((yield* running.ended).stdout, "HELLO\n")
      }))

    test(`s_client that is killed leaves no end, but Truncated or Reset (TLS ${version})`, () =>
      Effect.gen(function* () {
        const { ca } = yield* files
        const listener = yield* listening()
        const running = yield* client(portOf(listener.address), ca, flag)
        yield* running.type("hello\n")
        const socket = yield* listener.accept
        yield* socket.recvLine()
        yield* running.kill("SIGKILL")
        assert.match(yield* textFrom(socket), /^, (Truncated|Reset)$/)
      }))

    test(`s_client is refused without the required certificate, and accepted with one (TLS ${version})`, () =>
      Effect.gen(function* () {
        const { ca, clientCert, clientKey } = yield* files
        const failures: Array<string> = []
        const listener = yield* listening(version, {
          clientCertificate: "require",
          onHandshakeError: error => Effect.sync(() => failures.push(error.reason))
        })
        const refused = yield* client(portOf(listener.address), ca)
        yield* refused.ended
        const accepted = yield* client(portOf(listener.address), ca, "-cert", clientCert, "-key", clientKey)
        const socket = yield* listener.accept
        yield* socket.sendText("welcome\n")
        yield* accepted.wrote("stdout", /welcome\n/)
        assert.deepStrictEqual(failures, ["CertificateRequired"])
      }))

    test(`s_server reverses a line (TLS ${version})`, () =>
      Effect.gen(function* () {
        const { ca, cert, clientCert, clientKey, key } = yield* files
        const running = yield* start("openssl", [
          ...["s_server", "-accept", "127.0.0.1:0", "-cert", cert, "-key", key, "-rev", flag],
          ...["-Verify", "1", "-verify_return_error", "-CAfile", ca]
        ])
        const [, port = ""] = yield* running.wrote("stdout", /ACCEPT [^\n]*:(\d+)\n/)
        const identity = {
          certificate: fs.readFileSync(clientCert, "utf8"),
          key: Redacted.make(fs.readFileSync(clientKey, "utf8"))
        }
        const socket = yield* connecting(port, yield* Tls.context({ ca: authority.certificate, identity }))
        assert.strictEqual(socket.info.version, version)
        yield* socket.sendText("hello\n")
        assert.strictEqual(new TextDecoder().decode(yield* socket.recvExactly(6)), "olleh\n")
        yield* socket.sendText("CLOSE\n")
        yield* socket.shutdownSend
        assert.match(yield* textFrom(socket), /, the end$/)
      }))

    test(`s_server that requires a certificate rejects us (TLS ${version})`, () =>
      Effect.gen(function* () {
        const { ca, cert, key } = yield* files
        const running = yield* start("openssl", [
          ...["s_server", "-accept", "127.0.0.1:0", "-cert", cert, "-key", key, flag, "-Verify", "1", "-CAfile", ca]
        ])
        const [, port = ""] = yield* running.wrote("stdout", /ACCEPT [^\n]*:(\d+)\n/)
        const context = yield* Tls.context({ ca: authority.certificate })
        const result = yield* Effect.either(connecting(port, context))
        if (version === "1.2") {
          const error = errorIn(result as never)
          assert.deepStrictEqual([error.reason, error.alert], ["PeerAlert", "HANDSHAKE_FAILURE"])
        } else {
          assert.strictEqual(yield* textFrom(Either.getOrThrow(result)), ", Rejected")
        }
      }))
  }
})

withProgram("curl", ["--version"], test => {
  const get = (port: string, ...words: ReadonlyArray<string>) =>
    start("curl", [
      ...["-sS", "--http1.1", "--resolve", `localhost:${port}:127.0.0.1`, ...words, `https://localhost:${port}/`]
    ])

  for (const version of versions) {
    test(`receives the response of our server (TLS ${version})`, () =>
      Effect.gen(function* () {
        const { ca } = yield* files
        const listener = yield* listening(version)
        const running = yield* get(portOf(listener.address), "--cacert", ca)
        const socket = yield* listener.accept
        yield* socket.recvUntil("\r\n\r\n")
        yield* socket.sendText("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello from us")
        yield* socket.close
        assert.deepStrictEqual(yield* running.ended, { code: 0, stdout: "hello from us", stderr: "" })
      }))
  }

  test("negotiates the application protocol", () =>
    Effect.gen(function* () {
      const { ca } = yield* files
      const context = yield* Tls.context({ identity, alpn: ["http/1.1"] })
      const listener = yield* Tls.listen(loopback, { context })
      yield* get(portOf(listener.address), "--cacert", ca)
      const socket = yield* listener.accept
      assert.deepStrictEqual(socket.info.alpn, Option.some("http/1.1"))
    }))

  test("refuses our certificate without its authority, and the listener reports why", () =>
    Effect.gen(function* () {
      // curl may end before the listener reads its alert.
      const failed = yield* Deferred.make<Tls.TlsError>()
      const listener = yield* listening("1.2", { onHandshakeError: error => Deferred.succeed(failed, error) })
      const running = yield* get(portOf(listener.address))
      assert.strictEqual((yield* running.ended).code, 60)
      const { alert, message, reason } = yield* Deferred.await(failed)
      assert.deepStrictEqual([reason, alert], ["PeerAlert", "UNKNOWN_CA"])
      assert.include(message, "it does not trust the authority of our certificate")
    }))
})

withProgram("python3", ["-c", "import ssl; assert ssl.HAS_TLSv1_3"], test => {
  const python = (...words: ReadonlyArray<string>) =>
    start("python3", ["-B", path.join(import.meta.dirname, "peers.py"), ...words])

  const ends = {
    unwrap: /^, the end$/,
    shutdown: /^, (Truncated|Reset)$/,
    close: /^, (Truncated|Reset)$/
  }

  for (const version of versions) {
    for (const [how, expected] of Object.entries(ends)) {
      const meaning = how === "unwrap" ? "an end" : "no end, but Truncated or Reset"
      test(`a Python client that leaves with ${how} is ${meaning} (TLS ${version})`, () =>
        Effect.gen(function* () {
          const { ca } = yield* files
          const listener = yield* listening(version)
          yield* python("connect", portOf(listener.address), ca, how)
          const socket = yield* listener.accept
          yield* socket.sendText("from us\n")
          assert.deepStrictEqual(yield* socket.recvLine(), Option.some("from Python"))
          assert.match(yield* textFrom(socket), expected)
        }))

      test(`a Python server that leaves with ${how} is ${meaning} (TLS ${version})`, () =>
        Effect.gen(function* () {
          const { cert, key } = yield* files
          const running = yield* python("listen", cert, key, how)
          const [, port = ""] = yield* running.wrote("stdout", /^{"port": (\d+)}\n/)
          const socket = yield* connecting(port, yield* contextOf(version))
          yield* socket.sendText("from us\n")
          assert.deepStrictEqual(yield* socket.recvLine(), Option.some("from Python"))
          assert.match(yield* textFrom(socket), expected)
        }))
    }

    for (const [how, leave, expected] of [
      ["close", (socket: Tls.TlsSocket) => socket.close, /^end$/],
      ["shutdownSend", (socket: Tls.TlsSocket) => Effect.orDie(socket.shutdownSend), /^end$/],
      // Before Python 3.13, its ssl module does not tell a reset from an end without close_notify.
      ["abort", (socket: Tls.TlsSocket) => socket.abort, /^(ConnectionResetError|SSLEOFError)$/]
    ] as const) {
      test(`Python sees ${how === "abort" ? "an error and no end" : "the end"} after our ${how} (TLS ${version})`, () =>
        Effect.gen(function* () {
          const { ca } = yield* files
          const listener = yield* listening(version)
          const running = yield* python("connect", portOf(listener.address), ca, "watch")
          const socket = yield* listener.accept
          yield* socket.recvLine()
          yield* socket.sendText("from us\n")
          assert.deepStrictEqual(yield* socket.recvLine(), Option.some("received"))
          yield* leave(socket)
          const { end, line } = yield* resultOf(running)
          assert.strictEqual(line, "from us\n")
          assert.match(end, expected)
        }))
    }
  }
})

withProgram("nginx", ["-v"], test => {
  test("we receive a response of nginx with both versions, and close_notify at its end", () =>
    Effect.gen(function* () {
      const { cert, file, folder, key } = yield* files
      const socketPath = path.join(folder, "http")
      const config = file(
        "nginx.conf",
        `daemon off; master_process off; error_log stderr notice; pid ${folder}/pid; events {}
http {
  access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server {
    listen unix:${socketPath} ssl; ssl_certificate ${cert}; ssl_certificate_key ${key};
    ssl_protocols TLSv1.2 TLSv1.3; default_type text/plain; location / { return 200 "hello from nginx"; }
  }
}
`
      )
      const running = yield* start("nginx", ["-p", folder, "-c", config])
      yield* running.wrote("stderr", /start worker|using the "\w+" event method/)
      for (const version of versions) {
        const context = yield* contextOf(version)
        const socket = yield* Tls.connect(SocketAddress.unsafeUnix(socketPath), { name: "localhost", context })
        yield* socket.sendText("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert.match(yield* textFrom(socket), /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nhello from nginx, the end$/)
      }
    }))
})
