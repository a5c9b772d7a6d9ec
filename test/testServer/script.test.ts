import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import * as TestServer from "../../src/TestServer.ts"
import { onEach } from "../networks.ts"
import { seeAll, server, textOf, visit } from "./client.ts"

const { close, expect, expectEnd, expectLine, expectReset, reset, send, shutdownSend } = TestServer

/** Sends a mail by RFC 5321. */
const sendMail = (name: string, lines: ReadonlyArray<string>) =>
  visit(socket =>
    Effect.gen(function* () {
      const reply = Effect.map(
        socket.recvLine(),
        Option.getOrElse(() => "the end")
      )
      const replies = [yield* reply]
      const commands = [`EHLO ${name}`, "MAIL FROM:<ann@example.org>", "RCPT TO:<bob@example.org>", "DATA"]
      for (const command of [...commands, [...lines, "."].join("\r\n"), "QUIT"]) {
        yield* socket.sendText(`${command}\r\n`)
        replies.push(yield* reply)
      }
      return replies
    })
  )

const mailTalk = [
  send("220 mail.example.org ESMTP\r\n"),
  expectLine(/^EHLO [\w.]+$/),
  send("250 mail.example.org\r\n"),
  expectLine(line => line.toUpperCase() === "MAIL FROM:<ANN@EXAMPLE.ORG>"),
  send("250 OK\r\n"),
  expect("RCPT TO:<bob@example.org>\r\n"),
  send("250 OK\r\n"),
  expect("DATA\r\n"),
  send("354 End data with <CR><LF>.<CR><LF>\r\n"),
  expect("Subject: hello\r\n\r\nhello\r\n.\r\n"),
  send("250 queued\r\n"),
  expect("QUIT\r\n"),
  send("221 Bye\r\n"),
  close
]

onEach(test => {
  describe("a script", () => {
    test("plays a dialogue from the greeting to the goodbye", () =>
      Effect.gen(function* () {
        const { awaitEnd, verify } = yield* server
        const replies = yield* sendMail("client.example.org", ["Subject: hello", "", "hello"])
        assert.deepStrictEqual(
          replies.map(reply => reply.slice(0, 3)),
          ["220", "250", "250", "250", "354", "250", "221"]
        )
        yield* verify
        const { end, received } = yield* awaitEnd(0)
        // The client may close before the server does: as soon as it has received the goodbye.
        assert.include(["Closed", "End"], end)
        assert.include(textOf(received), "EHLO client.example.org\r\nMAIL FROM:<ann@example.org>\r\n")
      }).pipe(Effect.provide(TestServer.layerScript(mailTalk))))

    test("is played with every client from the beginning, and verified for all of them", () =>
      Effect.gen(function* () {
        const { connections, verify } = yield* server
        const sendOne = sendMail("client.example.org", ["Subject: hello", "", "hello"])
        yield* Effect.all(Effect.replicate(sendOne, 10), { concurrency: "unbounded" })
        yield* verify
        assert.strictEqual((yield* connections).length, 10)
      }).pipe(Effect.provide(TestServer.layerScript(mailTalk))))

    test("compares bytes in pieces of any size, and a step takes only the bytes that it expects", () =>
      Effect.gen(function* () {
        const { verify } = yield* server
        yield* visit(socket =>
          Effect.gen(function* () {
            yield* Effect.forEach("one\r\ntwo", char => socket.sendText(char))
            yield* socket.sendText("\nthree\nfour")
          })
        )
        yield* verify
      }).pipe(
        Effect.provide(
          TestServer.layerScript([
            expect("o"),
            expect("ne\r\n"),
            expectLine(line => line === "two"),
            expectLine(/^three$/),
            expect(new TextEncoder().encode("four")),
            expect("")
          ])
        )
      ))

    test("can expect megabytes", () => {
      const bulk = Uint8Array.from({ length: 3_000_000 }, (_, i) => i % 251)
      return Effect.gen(function* () {
        const { awaitEnd, verify } = yield* server
        yield* visit(socket => socket.sendAll(bulk))
        yield* verify
        assert.deepInclude(yield* awaitEnd(0), { bytesReceived: bulk.length, end: "End" })
      }).pipe(Effect.provide(TestServer.layerScript([expect(bulk)])))
    })

    test("can send after the client's end, and can expect bytes after its own end", () =>
      Effect.gen(function* () {
        const { verify } = yield* server
        const first = yield* visit(socket =>
          Effect.zipRight(Effect.zipRight(socket.sendText("?"), socket.shutdownSend), seeAll(socket))
        )
        assert.deepStrictEqual(first, { text: "!", end: "End" })
        const second = yield* visit(socket => Effect.zipLeft(seeAll(socket), socket.sendText("?")))
        assert.deepStrictEqual(second, { text: "!", end: "End" })
        yield* verify
      }).pipe(
        Effect.provide(
          TestServer.layerScripts([
            [expect("?"), expectEnd, send("!")],
            [send("!"), shutdownSend, expect("?"), expectEnd]
          ])
        )
      ))

    test("can reset, also with unread bytes", () =>
      Effect.gen(function* () {
        const { awaitEnd, verify } = yield* server
        const seen = yield* visit(socket => Effect.zipRight(socket.sendText("a request"), seeAll(socket)))
        assert.strictEqual(seen.end, "Reset")
        yield* verify
        assert.strictEqual((yield* awaitEnd(0)).end, "Aborted")
      }).pipe(Effect.provide(TestServer.layerScript([expect("a "), reset]))))

    test("can expect a reset", () =>
      Effect.gen(function* () {
        const { awaitEnd, verify } = yield* server
        yield* visit(socket => Effect.zipRight(socket.recv(1), socket.abort))
        yield* verify
        assert.strictEqual((yield* awaitEnd(0)).end, "Reset")
      }).pipe(Effect.provide(TestServer.layerScript([send("x"), expectReset]))))

    test("without steps expects the client's end and closes", () =>
      Effect.gen(function* () {
        const { verify } = yield* server
        const seen = yield* visit(socket => Effect.zipRight(socket.shutdownSend, seeAll(socket)))
        assert.deepStrictEqual(seen, { text: "", end: "End" })
        yield* verify
      }).pipe(Effect.provide(TestServer.layerScript([]))))
  })

  describe("several scripts", () => {
    test("are played with one client each, in order, and verified when all have been played", () =>
      Effect.gen(function* () {
        const { verify } = yield* server
        const verifying = yield* Effect.fork(verify)
        const first = yield* visit(seeAll)
        assert.deepStrictEqual(first, { text: "421 try again\r\n", end: "End" })
        assert.isTrue(Option.isNone(yield* verifying.poll))
        const second = yield* visit(seeAll)
        assert.deepStrictEqual(second, { text: "220 welcome\r\n", end: "End" })
        yield* verifying
        yield* verify
      }).pipe(
        Effect.provide(
          TestServer.layerScripts([
            [send("421 try again\r\n"), close],
            [send("220 welcome\r\n"), close]
          ])
        )
      ))
  })

  describe("a server without a script", () => {
    test("is verified at once", () =>
      Effect.provide(
        Effect.flatMap(server, ({ verify }) => verify),
        TestServer.layerSilent()
      ))
  })
})

describe("a verification", () => {
  /** A client that plays the script to its end and disconnects. */
  const playHello = visit(socket => Effect.zipRight(socket.sendText("hello"), seeAll(socket)))

  const isPending = <A, E>(fiber: Fiber.Fiber<A, E>) =>
    Effect.zipRight(Effect.sleep(1), Effect.map(fiber.poll, Option.isNone))

  it.live("waits for the first client, and for all clients that are connected", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const { verify } = yield* server
        const verifying = yield* Effect.fork(verify)
        assert.isTrue(yield* isPending(verifying))
        yield* visit(socket =>
          Effect.gen(function* () {
            yield* playHello
            assert.isTrue(yield* isPending(verifying))
            yield* socket.sendText("hello")
          })
        )
        yield* verifying
      }).pipe(Effect.provide(TestServer.layerScript([expect("hello"), close]))),
      { strict: true }
    )
  )

  it.live("of several scripts waits until the last has been played", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const { verify } = yield* server
        const verifying = yield* Effect.fork(verify)
        yield* playHello
        assert.isTrue(yield* isPending(verifying))
        yield* playHello
        yield* verifying
      }).pipe(Effect.provide(TestServer.layerScripts(Array.from({ length: 2 }, () => [expect("hello"), close])))),
      { strict: true }
    )
  )
})

describe("a script with a step that can never be done", () => {
  const defectOf = (script: TestServer.Script) =>
    SimulatedNetwork.run(
      Effect.map(Effect.exit(Effect.provide(Effect.void, TestServer.layerScript(script))), exit =>
        exit._tag === "Failure" ? Cause.pretty(exit.cause).split("\n")[0] : "valid"
      )
    )

  it.live("is a defect of the layer, which names the step", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* defectOf([send("a"), close, expectEnd]),
        "RuntimeException: script: step 3, expectEnd, cannot come after close"
      )
      assert.strictEqual(
        yield* defectOf([reset, reset]),
        "RuntimeException: script: step 2, reset, cannot come after reset"
      )
      assert.strictEqual(
        yield* defectOf([shutdownSend, expect("a"), send("b")]),
        'RuntimeException: script: step 3, send "b", cannot come after shutdownSend'
      )
      assert.strictEqual(yield* defectOf([shutdownSend, expect("a"), close]), "valid")
    })
  )
})
