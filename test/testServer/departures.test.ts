/** All ways in which a client can depart from a script, and the message for each. */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Socket from "../../src/Socket.ts"
import * as TestServer from "../../src/TestServer.ts"
import { onEach } from "../networks.ts"
import { quiet, server, visit } from "./client.ts"

const { close, expect, expectEnd, expectLine, expectReset, send } = TestServer

type Client = (socket: Socket.Socket) => Effect.Effect<unknown, unknown>

interface Case {
  readonly title: string
  readonly script: TestServer.Script
  readonly client: Client
  readonly reason: TestServer.DepartureReason
  readonly message: ReadonlyArray<string>
}

const sends =
  (text: string): Client =>
  socket =>
    Effect.zipRight(socket.sendText(text), socket.awaitEnd)

const sendsAndEnds =
  (text: string): Client =>
  socket =>
    Effect.zipRight(socket.sendText(text), Effect.zipRight(socket.shutdownSend, socket.awaitEnd))

/** Waits for the greeting first, so that the connection is accepted before the reset arrives. */
const greetedSendsAndResets =
  (text: string): Client =>
  socket =>
    Effect.zipRight(socket.recv(1), Effect.zipRight(socket.sendText(text), socket.abort))

const greeting = send("220 mail.example.org ESMTP\r\n")

const cases: ReadonlyArray<Case> = [
  {
    title: "other bytes",
    script: [greeting, expect("EHLO example.org\r\n"), send("250 OK\r\n")],
    client: sends("HELO example.org\r\n"),
    reason: "OtherBytes",
    message: [
      "script, connection 0, step 2 of 3: the client sent other bytes than expected",
      '  expected "EHLO example.org\\r\\n"',
      '  received "HELO example.org\\r\\n"',
      "            ^ byte 0",
      "  steps done",
      '    1 send "220 mail.example.org ESMTP\\r\\n"'
    ]
  },
  {
    title: "other bytes after matching ones that are shown with escapes",
    script: [expect('"\t\\\u00e9\r\nMAIL FROM:<a>')],
    client: sends('"\t\\\u00e9\r\nMAIL FROM: <a>'),
    reason: "OtherBytes",
    message: [
      "script, connection 0, step 1 of 1: the client sent other bytes than expected",
      '  expected "\\"\\t\\\\\\xc3\\xa9\\r\\nMAIL FROM:<a>"',
      '  received "\\"\\t\\\\\\xc3\\xa9\\r\\nMAIL FROM: <a>"',
      "                                        ^ byte 17"
    ]
  },
  {
    title: "other bytes far inside, of which only the surroundings are shown",
    script: [expect("0123456789".repeat(20))],
    client: sends(`${"0123456789".repeat(15)}x${"0123456789".repeat(15)}`),
    reason: "OtherBytes",
    message: [
      "script, connection 0, step 1 of 1: the client sent other bytes than expected",
      '  expected ..."0123456789012345678901234567890123456789012345678901234567890123"...',
      '  received ..."0123456789012345678901234567890123456789x01234567890123456789012"...',
      "                                                       ^ byte 150"
    ]
  },
  {
    title: "an end before the first byte",
    script: [greeting, expect("QUIT\r\n")],
    client: socket => Effect.zipRight(socket.shutdownSend, socket.awaitEnd),
    reason: "End",
    message: [
      "script, connection 0, step 2 of 2: the client ended too early",
      '  expected "QUIT\\r\\n"',
      "  received the end",
      "  steps done",
      '    1 send "220 mail.example.org ESMTP\\r\\n"'
    ]
  },
  {
    title: "an end in the middle of the expected bytes",
    script: [expect("QUIT\r\n")],
    client: sendsAndEnds("QUIT"),
    reason: "End",
    message: [
      "script, connection 0, step 1 of 1: the client ended too early",
      '  expected "QUIT\\r\\n"',
      '  received "QUIT", then the end',
      "                ^ byte 4"
    ]
  },
  {
    title: "a reset in the middle of the expected bytes",
    script: [greeting, expect("QUIT\r\n")],
    client: greetedSendsAndResets("QU"),
    reason: "Reset",
    message: [
      "script, connection 0, step 2 of 2: the client reset the connection",
      '  expected "QUIT\\r\\n"',
      '  received "QU", then a reset',
      "              ^ byte 2",
      "  steps done",
      '    1 send "220 mail.example.org ESMTP\\r\\n"'
    ]
  },
  {
    title: "a line that does not match",
    script: [expectLine(/^EHLO /)],
    client: sends("HELO example.org\r\nmore"),
    reason: "OtherBytes",
    message: [
      "script, connection 0, step 1 of 1: the client sent other bytes than expected",
      "  expected a line that matches /^EHLO /",
      '  received "HELO example.org\\r\\n"'
    ]
  },
  {
    title: "a line for which the predicate returns false",
    script: [
      expectLine(function isGreeting(line) {
        return line === "hello"
      })
    ],
    client: sends("hallo\n"),
    reason: "OtherBytes",
    message: [
      "script, connection 0, step 1 of 1: the client sent other bytes than expected",
      "  expected a line that matches isGreeting",
      '  received "hallo\\n"'
    ]
  },
  {
    title: "an end in the middle of a line",
    script: [expectLine(/^QUIT$/)],
    client: sendsAndEnds("QUIT"),
    reason: "End",
    message: [
      "script, connection 0, step 1 of 1: the client ended too early",
      "  expected a line that matches /^QUIT$/",
      '  received "QUIT", then the end'
    ]
  },
  {
    title: "a reset in the middle of a line",
    script: [greeting, expectLine(/^QUIT$/)],
    client: greetedSendsAndResets("QU"),
    reason: "Reset",
    message: [
      "script, connection 0, step 2 of 2: the client reset the connection",
      "  expected a line that matches /^QUIT$/",
      '  received "QU", then a reset',
      "  steps done",
      '    1 send "220 mail.example.org ESMTP\\r\\n"'
    ]
  },
  {
    title: "a line that never ends",
    script: [expectLine(/^QUIT$/)],
    client: sends("x".repeat(70_000)),
    reason: "OtherBytes",
    message: [
      "script, connection 0, step 1 of 1: the client sent other bytes than expected",
      "  expected a line that matches /^QUIT$/",
      `  received "${"x".repeat(64)}"...`
    ]
  },
  {
    title: "bytes instead of the end",
    script: [expect("QUIT\r\n"), expectEnd, send("never")],
    client: sends("QUIT\r\nEHLO"),
    reason: "MoreBytes",
    message: [
      "script, connection 0, step 2 of 3: the client sent more than the script expects",
      "  expected the end",
      '  received "EHLO"',
      "  steps done",
      '    1 expect "QUIT\\r\\n"'
    ]
  },
  {
    title: "a reset instead of the end",
    script: [greeting, expectEnd],
    client: greetedSendsAndResets(""),
    reason: "Reset",
    message: [
      "script, connection 0, step 2 of 2: the client reset the connection",
      "  expected the end",
      "  received a reset",
      "  steps done",
      '    1 send "220 mail.example.org ESMTP\\r\\n"'
    ]
  },
  {
    title: "bytes after the last step",
    script: [expect("QUIT\r\n"), send("221 Bye\r\n")],
    client: sends("QUIT\r\nQUIT\r\n"),
    reason: "MoreBytes",
    message: [
      "script, connection 0, after the last step: the client sent more than the script expects",
      "  expected the end",
      '  received "QUIT\\r\\n"',
      "  steps done",
      '    1 expect "QUIT\\r\\n"',
      '    2 send "221 Bye\\r\\n"'
    ]
  },
  {
    title: "bytes that no step expected before the close",
    script: [expect("QUIT\r\n"), close],
    client: sends("QUIT\r\nQUIT\r\n"),
    reason: "MoreBytes",
    message: [
      "script, connection 0, step 2 of 2: the client sent more than the script expects",
      "  expected nothing more, because the script closes here",
      '  received "QUIT\\r\\n"',
      "  steps done",
      '    1 expect "QUIT\\r\\n"'
    ]
  },
  {
    title: "an end instead of a reset",
    script: [expectReset],
    client: socket => Effect.zipRight(socket.shutdownSend, socket.awaitEnd),
    reason: "End",
    message: [
      "script, connection 0, step 1 of 1: the client ended too early",
      "  expected a reset",
      "  received the end"
    ]
  },
  {
    title: "bytes instead of a reset",
    script: [expectReset],
    client: sends("x"),
    reason: "MoreBytes",
    message: [
      "script, connection 0, step 1 of 1: the client sent more than the script expects",
      "  expected a reset",
      '  received "x"'
    ]
  }
]

onEach(test => {
  describe("a client departs from its script with", () => {
    for (const { client, message, reason, script, title } of cases) {
      test(title, () =>
        Effect.gen(function* () {
          const { verify } = yield* server
          yield* Effect.ignore(visit(client))
          const departure = yield* Effect.flip(verify)
          assert.strictEqual(departure.message, message.join("\n"))
          assert.strictEqual(departure.reason, reason)
          assert.deepStrictEqual(yield* Effect.flip(verify), departure)
        }).pipe(Effect.provide(TestServer.layerScript(script)), quiet)
      )
    }
  })
})
