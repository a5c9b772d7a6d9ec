/** The example `smtp`, against scripted servers. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as TestServer from "effect-sockets/TestServer"
import type { Mail } from "../../examples/smtp/mail.ts"
import { program } from "../../examples/smtp/session.ts"
import { onBoth, twice } from "./onBoth.ts"

const { close, expect, expectLine, send } = TestServer

const mail: Mail = {
  from: "me@example.org",
  to: ["you@example.org", "they@example.org"],
  text: "Subject: x\n\nhello\n.\n..two\r\nend\n"
}

/** Sends a mail to a server that follows the script. Returns the answer of the server or the error message. */
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
    "sends a mail, with dots at the beginning of a line doubled",
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
    "does not send the mail if a recipient is refused",
    Effect.gen(function* () {
      const script = [...greeted, ...from, ...to, send("550 no such user\r\n"), close]
      assert.strictEqual(yield* handedOver(mail, script), "RCPT TO:<you@example.org>: 550 no such user")
    })
  )

  onBoth(
    "does not send an address that contains another command",
    Effect.gen(function* () {
      const sly = { ...mail, to: ["you@example.org>\r\nRCPT TO:<they@example.org"] }
      const script = [TestServer.expectEnd]
      assert.strictEqual(yield* handedOver(sly, script), `invalid mail address: ${JSON.stringify(sly.to[0])}`)
    })
  )

  it.live("gives up on a silent server after 5 minutes", () =>
    twice(
      Effect.gen(function* () {
        const { address } = yield* TestServer.TestServer
        assert.include((yield* Effect.flip(program(address, mail))).message, "timed out")
        assert.strictEqual(yield* Clock.currentTimeMillis, 300_000)
      }).pipe(Effect.provide(TestServer.layerSilent()))
    )
  )
})
