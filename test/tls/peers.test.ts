/** Real peers: openssl, curl, Python, Go and nginx, over TCP. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, assert } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Network from "../../src/Network.ts"
import type * as Socket from "../../src/Socket.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import * as Tls from "../../src/Tls.ts"
import { type Running, start } from "../cli/spawn.ts"
import { textFrom } from "../proxied.ts"
import { authority, identity, only, untrusted, versions } from "./kit.ts"
import { files, withProgram } from "./programs.ts"

const loopback = SocketAddress.unsafeInet("127.0.0.1", 0)

const portOf = (address: SocketAddress.Resolved): string => (address._tag === "Inet" ? String(address.port) : "")

const contextOf = (version?: Tls.Version) =>
  Tls.context({ ca: authority.certificate, identity, ...(version === undefined ? {} : only(version)) })

const listening = (version?: Tls.Version, options?: Partial<Tls.ListenOptions>) =>
  Effect.flatMap(contextOf(version), context => Tls.listen(loopback, { ...options, context }))

const connecting = (port: string, context: Tls.Context, options?: Tls.ConnectOptions) =>
  Tls.connect(SocketAddress.unsafeInet("127.0.0.1", Number(port)), { name: "localhost", context, ...options })

/** The server rejects us: in TLS 1.2 in the handshake, in TLS 1.3 at the first receive. */
const isRejected = (connected: ReturnType<typeof connecting>, version: Tls.Version, alert: string) =>
  Effect.gen(function* () {
    if (version === "1.2") {
      assert.deepInclude(yield* Effect.flip(connected), { _tag: "TlsError", reason: "PeerAlert", alert })
    } else {
      assert.strictEqual(yield* textFrom(yield* connected), ", Rejected")
    }
  })

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

  /** A client that obeys commands: a line that is `K` or `R`. */
  const commanded = (port: string, ...words: ReadonlyArray<string>) =>
    Effect.tap(start("openssl", ["s_client", "-connect", `127.0.0.1:${port}`, ...words]), running =>
      running.wrote("stdout", /Verify return code/)
    )

  test("s_client that changes the keys 20 times still sends and receives (TLS 1.3)", () =>
    Effect.gen(function* () {
      const listener = yield* listening("1.3")
      const running = yield* commanded(portOf(listener.address), "-tls1_3")
      const socket = yield* listener.accept
      for (let n = 1; n <= 20; n++) {
        yield* running.type("K\n")
        yield* running.wrote("stderr", new RegExp(`(KEYUPDATE[^]*){${n}}`))
        yield* running.type(`line ${n}\n`)
        assert.deepStrictEqual(yield* socket.recvLine(), Option.some(`line ${n}`))
        yield* socket.sendText(`answer ${n}\n`)
        yield* running.wrote("stdout", new RegExp(`answer ${n}\n`))
      }
    }))

  test("s_client may not renegotiate, and its failure is no clean end (TLS 1.2)", () =>
    Effect.gen(function* () {
      const listener = yield* listening("1.2")
      const running = yield* commanded(portOf(listener.address), "-tls1_2")
      const socket = yield* listener.accept
      yield* running.type("R\n")
      assert.match(yield* textFrom(socket), /^, (Rejected|Truncated|Reset)$/)
      assert.match((yield* running.ended).stderr, /no renegotiation/)
    }))

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

    test(`s_client derives the same keying material as exportKeyingMaterial (TLS ${version})`, () =>
      Effect.gen(function* () {
        const listener = yield* listening(version)
        const words = ["-keymatexport", "EXPORTER-test", "-keymatexportlen", "32"]
        const running = yield* commanded(portOf(listener.address), flag, ...words)
        const socket = yield* listener.accept
        const [, theirs = ""] = yield* running.wrote("stdout", /Keying material: ([0-9A-F]+)\n/)
        const ours = Redacted.value(yield* socket.exportKeyingMaterial(32, "EXPORTER-test"))
        assert.strictEqual(Buffer.from(ours).toString("hex").toUpperCase(), theirs)
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
        yield* isRejected(connecting(port, context), version, "HANDSHAKE_FAILURE")
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

withProgram("go", ["version"], test => {
  /** The folder of the compiled peer. The first test compiles it. */
  let folder: string | undefined
  afterAll(() => {
    if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true })
  })

  const go = (...words: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      if (folder === undefined) {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "go-"))
        const words = ["build", "-o", path.join(folder, "peer"), path.join(import.meta.dirname, "peers.go")]
        const env = { ...process.env, GOPROXY: "off", GOTOOLCHAIN: "local", GOFLAGS: "" }
        const compiler = yield* start("go", words, { env })
        assert.deepStrictEqual(yield* compiler.ended, { code: 0, stdout: "", stderr: "" })
      }
      return yield* start(path.join(folder, "peer"), words)
    })

  /** Connects to Go as a client, or accepts it as a server. Each side has sent a line. Each has a certificate. */
  const meeting = (role: "client" | "server", version: Tls.Version, how: string) =>
    Effect.gen(function* () {
      const { ca, cert, clientCert, clientKey, key } = yield* files
      const options = ["-ca", ca, "-version", version, "-how", how]
      const [running, socket] = yield* role === "client"
        ? Effect.gen(function* () {
            const listener = yield* listening(undefined, { clientCertificate: "require" })
            const port = portOf(listener.address)
            const running = yield* go("-connect", port, "-cert", clientCert, "-key", clientKey, ...options)
            return [running, yield* listener.accept] as const
          })
        : Effect.gen(function* () {
            const running = yield* go("-cert", cert, "-key", key, ...options)
            const [, port = ""] = yield* running.wrote("stdout", /^{"port":(\d+)}\n/)
            return [running, yield* connecting(port, yield* contextOf())] as const
          })
      assert.strictEqual(socket.info.version, version)
      const shown = Option.map(socket.info.peerCertificate, ({ names }) => names[0])
      assert.deepStrictEqual(shown, Option.some(role === "client" ? "client.test" : "localhost"))
      yield* socket.sendText("from us\n")
      assert.deepStrictEqual(yield* socket.recvLine(), Option.some("from Go"))
      return { socket, running }
    })

  /** What Go received after the first line, and how the stream ended. */
  const restOf = (running: Running, expected: Tls.Version) =>
    Effect.map(resultOf(running), ({ end, line, names, rest, version }) => {
      assert.deepStrictEqual([line, `1.${version}`, names[0]], ["from us\n", expected, "localhost"])
      return [rest, end]
    })

  for (const version of versions) {
    test(`a Go client that does not trust our certificate says so (TLS ${version})`, () =>
      Effect.gen(function* () {
        const { file } = yield* files
        const failed = yield* Deferred.make<Tls.TlsError>()
        const listener = yield* listening(version, { onHandshakeError: error => Deferred.succeed(failed, error) })
        const ca = file("other.pem", untrusted.certificate)
        const running = yield* go("-connect", portOf(listener.address), "-ca", ca, "-version", version)
        assert.include((yield* resultOf(running)).error, "certificate signed by unknown authority")
        const { alert, reason } = yield* Deferred.await(failed)
        assert.deepStrictEqual([reason, alert], ["PeerAlert", "BAD_CERTIFICATE"])
      }))

    test(`a Go server that requires a certificate rejects us (TLS ${version})`, () =>
      Effect.gen(function* () {
        const { ca, cert, key } = yield* files
        const running = yield* go("-cert", cert, "-key", key, "-ca", ca, "-version", version)
        const [, port = ""] = yield* running.wrote("stdout", /^{"port":(\d+)}\n/)
        const context = yield* Tls.context({ ca: authority.certificate })
        yield* isRejected(connecting(port, context), version, "BAD_CERTIFICATE")
        assert.include((yield* resultOf(running)).error, "client didn't provide a certificate")
      }))

    for (const role of ["client", "server"] as const) {
      const peer = `a Go ${role}`

      test(`${peer} ends its half with CloseWrite, and receives what we send after it (TLS ${version})`, () =>
        Effect.gen(function* () {
          const { running, socket } = yield* meeting(role, version, "CloseWrite")
          assert.strictEqual(yield* textFrom(socket), ", the end")
          yield* socket.sendText("more\n")
          yield* socket.close
          assert.deepStrictEqual(yield* restOf(running, version), ["more\n", "end"])
        }))

      for (const [how, meaning, expected] of [
        ["Close", "an end", /^, the end$/],
        ["cut", "no end, but Truncated or Reset", /^, (Truncated|Reset)$/]
      ] as const) {
        test(`${peer} that leaves with ${how} is ${meaning} (TLS ${version})`, () =>
          Effect.gen(function* () {
            const { socket } = yield* meeting(role, version, how)
            assert.match(yield* textFrom(socket), expected)
          }))
      }

      for (const [how, leave, end, answer] of [
        ["shutdownSend, and we receive what it sends after it", "shutdownSend", /^end$/, "still here\n, the end"],
        ["close", "close", /^end$/, undefined],
        ["abort, as an error", "abort", /^(cut|reset)$/, undefined]
      ] as const) {
        test(`${peer} sees our ${how} (TLS ${version})`, () =>
          Effect.gen(function* () {
            const { running, socket } = yield* meeting(role, version, "watch")
            assert.deepStrictEqual(yield* socket.recvLine(), Option.some("received"))
            yield* socket[leave]
            if (answer !== undefined) assert.strictEqual(yield* textFrom(socket), answer)
            const [rest, how] = yield* restOf(running, version)
            assert.strictEqual(rest, "")
            assert.match(how, end)
          }))
      }
    }
  }
})

withProgram("nginx", ["-v"], test => {
  /** Starts nginx with these servers. */
  const nginx = (folder: string, file: (name: string, text: string) => string, servers: string) =>
    Effect.gen(function* () {
      const config = file(
        "nginx.conf",
        `daemon off; master_process off; error_log stderr notice; pid ${folder}/pid; events {}
http {
  access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  default_type text/plain;
  ${servers}
}
`
      )
      const running = yield* start("nginx", ["-p", folder, "-c", config])
      yield* running.wrote("stderr", /start worker|using the "\w+" event method/)
    })

  const request = (page = "/") => `GET ${page} HTTP/1.0\r\nHost: localhost\r\n\r\n`
  const isResponse = (text: string) => new RegExp(`^HTTP/1\\.1 200 OK\\r\\n[\\s\\S]*\\r\\n\\r\\n${text}, the end$`)

  /** Answers the next request. Returns the connection. */
  const answering = <S extends Socket.Socket, E>(listener: { readonly accept: Effect.Effect<S, E, Scope.Scope> }) =>
    Effect.gen(function* () {
      const socket = yield* listener.accept
      yield* socket.recvUntil("\r\n\r\n")
      yield* socket.sendText("HTTP/1.0 200 OK\r\n\r\nhello from us")
      yield* socket.close
      return socket
    })

  test("we receive a response of nginx with both versions, and close_notify at its end", () =>
    Effect.gen(function* () {
      const { cert, file, folder, key } = yield* files
      const socketPath = path.join(folder, "http")
      yield* nginx(
        folder,
        file,
        `server {
          listen unix:${socketPath} ssl; ssl_certificate ${cert}; ssl_certificate_key ${key};
          ssl_protocols TLSv1.2 TLSv1.3; location / { return 200 "hello from nginx"; }
        }`
      )
      for (const version of versions) {
        const context = yield* contextOf(version)
        const socket = yield* Tls.connect(SocketAddress.unsafeUnix(socketPath), { name: "localhost", context })
        yield* socket.sendText(request())
        assert.match(yield* textFrom(socket), isResponse("hello from nginx"))
      }
    }))

  test("nginx ends TLS in front of our plain server", () =>
    Effect.gen(function* () {
      const { cert, file, folder, key } = yield* files
      const listener = yield* Network.listen(loopback)
      const socketPath = path.join(folder, "https")
      yield* nginx(
        folder,
        file,
        `server {
          listen unix:${socketPath} ssl; ssl_certificate ${cert}; ssl_certificate_key ${key};
          ssl_protocols TLSv1.2 TLSv1.3; location / { proxy_pass http://127.0.0.1:${portOf(listener.address)}; }
        }`
      )
      for (const version of versions) {
        const context = yield* contextOf(version)
        const socket = yield* Tls.connect(SocketAddress.unsafeUnix(socketPath), { name: "localhost", context })
        yield* socket.sendText(request())
        yield* answering(listener)
        assert.match(yield* textFrom(socket), isResponse("hello from us"))
      }
    }))

  for (const version of versions) {
    test(`nginx is a client of our server, verifies it, and shows its own certificate (TLS ${version})`, () =>
      Effect.gen(function* () {
        const { ca, clientCert, clientKey, file, folder } = yield* files
        const listener = yield* listening(version, { clientCertificate: "require" })
        const socketPath = path.join(folder, "http")
        const target = `proxy_pass https://127.0.0.1:${portOf(listener.address)};`
        yield* nginx(
          folder,
          file,
          `proxy_ssl_protocols TLSv1.2 TLSv1.3; proxy_ssl_verify on; proxy_ssl_trusted_certificate ${ca};
          proxy_ssl_certificate ${clientCert}; proxy_ssl_certificate_key ${clientKey}; proxy_ssl_server_name on;
          server {
            listen unix:${socketPath};
            location / { ${target} proxy_ssl_name localhost; }
            location /wrong { ${target} proxy_ssl_name other.test; }
          }`
        )
        const address = SocketAddress.unsafeUnix(socketPath)
        const socket = yield* Network.connect(address)
        yield* socket.sendText(request())
        const { info } = yield* answering(listener)
        assert.match(yield* textFrom(socket), isResponse("hello from us"))
        assert.deepStrictEqual([info.version, info.serverName], [version, Option.some("localhost")])
        const names = Option.map(info.peerCertificate, ({ names }) => names)
        assert.deepStrictEqual(names, Option.some(["client.test"]))

        const wrong = yield* Network.connect(address)
        yield* wrong.sendText(request("/wrong"))
        assert.match(yield* textFrom(wrong), /^HTTP\/1\.1 502 Bad Gateway\r\n/)
      }))
  }
})
