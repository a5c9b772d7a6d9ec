/** The mail session of `examples`, as a script has it. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as TestServer from "effect-sockets/TestServer"
import { type Mail, program } from "../../examples/smtp/session.ts"
import { onBoth, twice } from "./onBoth.ts"

const { close, expect, expectLine, send } = TestServer

const mail: Mail = {
  from: "me@example.org",
  to: ["you@example.org", "they@example.org"],
  text: "Subject: x\n\nhello\n.\n..two\r\nend\n"
}

/** What comes of a mail with a server that plays the script. */
const handedOver = (mail: Mail, script: TestServer.Script) =>
  Effect.gen(function* () {
    const { address, verify } = yield* TestServer.TestServer
    const found = yield* Effect.either(program(address, mail))
    yield* verify
    return found._tag === "Right" ? found.right : found.left.message
  }).pipe(Effect.provide(TestServer.layerScript(script)))

const greeted = [send("220-mail.example.org\r\n220 ESMTP\r\n"), expectLine(/^EHLO \S+$/)]
const from = [send("250-mail.example.org\r\n250-SIZE 1000\r\n250 HELP\r\n"), expect("MAIL FROM:<me@example.org>\r\n")]
const to = [send("250 OK\r\n"), expect("RCPT TO:<you@example.org>\r\n")]

describe("the mail session", () => {
  onBoth(
    "a mail is handed over, with its dots doubled",
    Effect.gen(function* () {
      const script = [
        ...[...greeted, ...from, ...to],
        ...[send("250 OK\r\n"), expect("RCPT TO:<they@example.org>\r\n"), send("250 OK\r\n"), expect("DATA\r\n")],
        send("354 go on\r\n"),
        expect("Subject: x\r\n\r\nhello\r\n..\r\n...two\r\nend\r\n.\r\n"),
        ...[send("250 taken as 17\r\n"), expect("QUIT\r\n"), send("221 bye\r\n"), close]
      ]
      assert.strictEqual(yield* handedOver(mail, script), "taken as 17")
    })
  )

  onBoth(
    "a recipient who is refused ends it, and the mail is not sent",
    Effect.gen(function* () {
      const script = [...greeted, ...from, ...to, send("550 no such user\r\n"), close]
      assert.strictEqual(yield* handedOver(mail, script), "RCPT TO:<you@example.org>: 550 no such user")
    })
  )

  onBoth(
    "an address that would be another command is not sent",
    Effect.gen(function* () {
      const sly = { ...mail, to: ["you@example.org>\r\nRCPT TO:<they@example.org"] }
      const script = [TestServer.expectEnd]
      assert.strictEqual(yield* handedOver(sly, script), `no mail address: ${JSON.stringify(sly.to[0])}`)
    })
  )

  it.live("a server that says nothing is given 5 minutes", () =>
    twice(
      Effect.gen(function* () {
        const { address } = yield* TestServer.TestServer
        assert.include((yield* Effect.flip(program(address, mail))).message, "timed out")
        assert.strictEqual(yield* Clock.currentTimeMillis, 300_000)
      }).pipe(Effect.provide(TestServer.layerSilent()))
    )
  )
})
