/** STARTTLS in the example `smtp`: against scripted servers, a server of this library, and aiosmtpd if it is installed. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { Network, Server, type Socket, type SocketAddress, Tls } from "effect-sockets"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as NodeTls from "effect-sockets/NodeTls"
import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"
import * as TestCertificates from "effect-sockets/TestCertificates"
import * as TestServer from "effect-sockets/TestServer"
import type { Mail } from "../../examples/smtp/mail.ts"
import { program } from "../../examples/smtp/session.ts"
import { type Options, starttls } from "../../examples/smtp/starttls.ts"
import { isThere, start } from "../cli/spawn.ts"

const { close, expect, expectEnd, expectLine, send, wait } = TestServer

const mail: Mail = { from: "me@example.org", to: ["you@example.org"], text: "Subject: x\n\nhello\n.\nend\n" }

type Needed = Network.Network | Tls.Tls | Scope.Scope

const silently = Logger.withMinimumLogLevel(LogLevel.None)

const overTcp = <A, E>(effect: Effect.Effect<A, E, Needed>) =>
  silently(Effect.scoped(Effect.provide(effect, [NodeTls.layer, NodeNetwork.layer])))

const simulated = <A, E>(effect: Effect.Effect<A, E, Needed>) =>
  silently(SimulatedNetwork.run(Effect.scoped(Effect.provide(effect, NodeTls.layer))))

const onBoth = (title: string, effect: Effect.Effect<unknown, unknown, Needed>) => {
  it.live(`${title}: simulated`, () => simulated(effect))
  it.live(`${title}: over TCP`, () => overTcp(effect))
}

const certified = Effect.gen(function* () {
  const authority = yield* TestCertificates.authority()
  const identity = yield* authority.issue({ names: ["mail.test"] })
  return { identity, context: yield* Tls.context({ ca: authority.certificate }) }
})

/** Sends the mail. Returns the answer of the server or the message of the error. */
const answered = (server: Network.Target, options: Partial<Options> & Pick<Options, "when">) =>
  Effect.map(Effect.either(program(server, mail, starttls({ name: "mail.test", ...options }))), found =>
    found._tag === "Right" ? found.right : found.left.message
  )

/** Sends the mail to a server that follows the script, and does not get to TLS. */
const scripted = (when: Options["when"], script: TestServer.Script) =>
  Effect.gen(function* () {
    const { address, verify } = yield* TestServer.TestServer
    const found = yield* answered(address, { when })
    yield* verify
    return found
  }).pipe(Effect.provide(TestServer.layerScript(script)))

const greeted = (...extensions: ReadonlyArray<string>): TestServer.Script => [
  send("220 mail.test ESMTP\r\n"),
  expectLine(/^EHLO \S+$/),
  send(`${["mail.test", ...extensions].map(line => `250-${line}\r\n`).join("")}250 HELP\r\n`)
]

const taken: TestServer.Script = [
  ...[expect("MAIL FROM:<me@example.org>\r\n"), send("250 OK\r\n")],
  ...[expect("RCPT TO:<you@example.org>\r\n"), send("250 OK\r\n")],
  ...[expect("DATA\r\n"), send("354 go on\r\n")],
  ...[expect("Subject: x\r\n\r\nhello\r\n..\r\nend\r\n.\r\n"), send("250 taken\r\n")],
  ...[expect("QUIT\r\n"), send("221 bye\r\n"), close]
]

/** A mail server that has STARTTLS. `heard` gets each line, and the version of TLS over which it arrived. */
const mailServer = (identity: Tls.Identity, heard: Array<string>) =>
  Effect.gen(function* () {
    const context = yield* Tls.context({ identity })
    const replies: Readonly<Record<string, string>> = { DATA: "354 go on", QUIT: "221 bye" }
    const answer = (socket: Socket.Socket, over: string): Effect.Effect<void, unknown, Tls.Tls | Scope.Scope> =>
      Effect.gen(function* () {
        for (let line = yield* socket.recvLine(); Option.isSome(line); line = yield* socket.recvLine()) {
          const command = line.value
          heard.push(`${over}: ${command}`)
          if (command === "STARTTLS") {
            yield* socket.sendText("220 go on\r\n")
            const secure = yield* Tls.server(socket, { context })
            return yield* answer(secure, secure.info.version)
          }
          const offer = over === "plain" ? "250-mail.test\r\n250-starttls\r\n250 HELP" : "250 mail.test"
          yield* socket.sendText(`${command.startsWith("EHLO") ? offer : (replies[command] ?? "250 OK")}\r\n`)
          if (command === "DATA") {
            yield* socket.recvUntil("\r\n.\r\n")
            yield* socket.sendText("250 taken\r\n")
          }
        }
      })
    const listener = yield* Network.listen("127.0.0.1:0")
    yield* Effect.forkScoped(
      Server.serve(listener, socket =>
        Effect.orDie(Effect.zipRight(socket.sendText("220 mail.test ESMTP\r\n"), answer(socket, "plain")))
      )
    )
    return listener.address
  })

describe("STARTTLS", () => {
  onBoth(
    "the session continues over TLS, with a new EHLO",
    Effect.gen(function* () {
      const { context, identity } = yield* certified
      for (const when of ["required", "offered"] as const) {
        const heard: Array<string> = []
        const server: SocketAddress.Resolved = yield* mailServer(identity, heard)
        assert.strictEqual(yield* answered(server, { when, context }), "taken")
        const plain = ["EHLO localhost", "STARTTLS"].map(line => `plain: ${line}`)
        const secure = ["EHLO localhost", "MAIL FROM:<me@example.org>", "RCPT TO:<you@example.org>", "DATA", "QUIT"]
        assert.deepStrictEqual(heard, [...plain, ...secure.map(line => `1.3: ${line}`)])
      }
    })
  )

  onBoth(
    "no mail is sent if the certificate is not valid",
    Effect.gen(function* () {
      const { context, identity } = yield* certified
      const heard: Array<string> = []
      const server = yield* mailServer(identity, heard)
      assert.include(yield* answered(server, { when: "offered", name: "other.test", context }), "mail.test")
      assert.include(yield* answered(server, { when: "offered" }), "authority")
      assert.deepStrictEqual([...new Set(heard)], ["plain: EHLO localhost", "plain: STARTTLS"])
    })
  )

  onBoth(
    "a server that does not offer TLS gets the mail in plain text only if TLS is not required",
    Effect.gen(function* () {
      assert.strictEqual(yield* scripted("offered", [...greeted("SIZE 1000"), ...taken]), "taken")
      assert.include(yield* scripted("required", [...greeted("SIZE 1000"), expectEnd]), "does not offer STARTTLS")
    })
  )

  onBoth(
    "no mail is sent if the server offers TLS, and then refuses it",
    Effect.gen(function* () {
      const script = [...greeted("STARTTLS"), expect("STARTTLS\r\n"), send("454 not now\r\n"), expectEnd]
      assert.strictEqual(yield* scripted("offered", script), "STARTTLS: 454 not now")
    })
  )

  // The scripts of these two servers do not continue with a handshake, so the client departs from them.
  const withoutHandshake = (...last: TestServer.Script) =>
    Effect.gen(function* () {
      const { address } = yield* TestServer.TestServer
      return yield* answered(address, { when: "required" })
    }).pipe(Effect.provide(TestServer.layerScript([...greeted("STARTTLS"), expect("STARTTLS\r\n"), ...last])))

  onBoth(
    "a reply that an attacker adds in plain text after the answer to STARTTLS makes the handshake fail",
    Effect.map(withoutHandshake(send("220 go on\r\n250 injected\r\n"), wait("1 hour")), found =>
      assert.include(found, "the peer does not speak TLS")
    )
  )

  it.live("a server that is silent after STARTTLS costs 10 seconds", () =>
    simulated(
      Effect.gen(function* () {
        assert.include(yield* withoutHandshake(send("220 go on\r\n"), wait("1 hour")), "timed out after 10s")
        assert.strictEqual(yield* Clock.currentTimeMillis, 10_000)
      })
    )
  )
})

const python = ["python3", "/usr/bin/python3"].find(python => isThere(python, ["-c", "import aiosmtpd.smtp, ssl"]))
const reason = python === undefined ? " (skipped: no aiosmtpd)" : ""

it.live.skipIf(python === undefined)(`aiosmtpd gets a mail over TLS${reason}`, () =>
  overTcp(
    Effect.gen(function* () {
      const { context, identity } = yield* certified
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "smtp-"))),
        folder => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
      )
      const [cert, key] = [path.join(folder, "cert.pem"), path.join(folder, "key.pem")]
      fs.writeFileSync(cert, identity.certificate)
      fs.writeFileSync(key, Redacted.value(identity.key))
      const server = yield* start(python ?? "", ["-B", path.join(import.meta.dirname, "mail.py"), cert, key])
      const [, port = ""] = yield* server.wrote("stdout", /^{"port": (\d+)}\n/)
      const address = `127.0.0.1:${port}`

      const plain = yield* Effect.flip(program(address, mail))
      assert.include(plain.message, "530 Must issue a STARTTLS command first")
      assert.strictEqual(yield* answered(address, { when: "required", context }), "accepted")
      const [line] = yield* server.wrote("stdout", /^{"sender".*}$/m)
      assert.deepStrictEqual(JSON.parse(line), {
        sender: mail.from,
        to: mail.to,
        text: "Subject: x\r\n\r\nhello\r\n.\r\nend\r\n",
        version: "TLSv1.3"
      })
    })
  )
)
