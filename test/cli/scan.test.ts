/**
 * The command `scan` on the simulated network: with hosts that accept, refuse or are silent, and with too few
 * descriptors.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Fault from "../../src/Fault.ts"
import * as Network from "../../src/Network.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import { type Options, runOn } from "./inProcess.ts"

/** A host that sends a greeting in pieces on port 22, sends much on port 23, and sends nothing on port 80. */
const listening = Effect.gen(function* () {
  const [greeting, flooding, silent] = yield* Effect.all(
    [22, 23, 80].map(port => Network.listen({ host: "0.0.0.0", port }))
  )
  const greet = Effect.flatMap(greeting!.accept, socket =>
    Effect.forEach(["\r\nSSH", "-2.0 \x1b[31m", "\r\nmore"], text => Effect.delay(socket.sendText(text), "10 millis"))
  )
  const flood = Effect.flatMap(flooding!.accept, socket => socket.sendText("x".repeat(1000)))
  yield* Effect.fork(Effect.forever(Effect.scoped(greet)))
  yield* Effect.fork(Effect.forever(Effect.scoped(flood)))
  yield* Effect.forever(silent!.accept)
})

const scanWith = (options: Options, ...words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const network = yield* Network.Network
    yield* Effect.asVoid(SimulatedNetwork.runOn("target", listening))
    yield* Effect.sleep("1 second")
    const began = yield* Clock.currentTimeMillis
    const ended = yield* runOn(Layer.succeed(Network.Network, network), ["scan", ...words], options)
    return { ...ended, millis: (yield* Clock.currentTimeMillis) - began }
  })

const scan = (...words: ReadonlyArray<string>) => scanWith({}, ...words)

const lines = (...lines: ReadonlyArray<string>) => `${lines.join("\n")}\n`

const events = (text: string): ReadonlyArray<Record<string, unknown>> =>
  text
    .trim()
    .split("\n")
    .map(line => JSON.parse(line))

const onNetwork = <A, E>(
  title: string,
  program: () => Effect.Effect<A, E, Effect.Effect.Context<ReturnType<typeof scan>>>
) => it.live(title, () => SimulatedNetwork.run(Effect.suspend(program)))

describe("scan", () => {
  onNetwork("a port that accepts is open, and a port that refuses is closed", () =>
    Effect.gen(function* () {
      const stdout = lines(
        "target (10.0.0.2): 3 open, 4 closed",
        "PORT   STATE   SERVICE  DETAIL",
        "21     closed  ftp      connection refused (ECONNREFUSED)",
        "22     open    ssh",
        "23     open    telnet",
        "80     open    http",
        "81-83  closed           connection refused (ECONNREFUSED)"
      )
      assert.deepStrictEqual(yield* scan("target", "21-23,80-83"), { code: 0, stdout, stderr: "", millis: 0 })
    })
  )

  onNetwork("scans the loopback without a host, also with -6", () =>
    Effect.gen(function* () {
      yield* Network.listen("127.0.0.1:80")
      assert.match((yield* scan("80")).stdout, /^127\.0\.0\.1: 1 open\n/)
      assert.match((yield* scan("-6", "80")).stdout, /^::1: 1 closed\n/)
    })
  )

  onNetwork(
    "--banner shows at most 256 bytes of the first line, escaped, and waits for --timeout if a port sends nothing",
    () =>
      Effect.gen(function* () {
        const { millis, stdout } = yield* scan("target", "22,23,80", "--banner", "--timeout=3s")
        assert.deepStrictEqual(stdout.split("\n").slice(2, -1), [
          "22    open   ssh      SSH-2.0 \\x1b[31m",
          `23    open   telnet   ${"x".repeat(256)}`,
          "80    open   http"
        ])
        assert.strictEqual(millis, 3000)
      })
  )

  onNetwork("a port that does not answer in time is filtered, and --concurrency ports are tried at a time", () =>
    Effect.gen(function* () {
      yield* Fault.hang("target")
      const { code, millis, stdout } = yield* scan("target", "1-10", "--timeout=1s", "--concurrency=4")
      assert.deepStrictEqual(stdout.split("\n").slice(0, -1), [
        "target (10.0.0.2): 10 filtered",
        "PORT  STATE     SERVICE  DETAIL",
        "1-10  filtered           timed out after 1s"
      ])
      assert.deepStrictEqual([code, millis], [0, 3000])
    })
  )

  onNetwork("a port of a machine that cannot be reached is filtered", () =>
    Effect.gen(function* () {
      yield* Fault.failNext("simulated", "connect", "HostUnreachable", 1)
      yield* Fault.partition("simulated", "target")
      const { stdout } = yield* scan("target", "22-23", "--concurrency=1")
      assert.deepStrictEqual(stdout.split("\n").slice(2, -1), [
        "22    filtered  ssh      no route to host (EHOSTUNREACH)",
        "23    filtered  telnet   timed out after 2s"
      ])
    })
  )

  onNetwork("with too few descriptors, every port is tried, fewer at a time", () =>
    Effect.gen(function* () {
      yield* Fault.latency("simulated", "target", "10 millis")
      yield* Fault.descriptors("simulated", 3)
      const { code, stderr, stdout } = yield* scan("target", "22,80-199", "--timeout=1s", "--concurrency=50", "-v")
      assert.match(stdout, /^target \(10\.0\.0\.2\): 2 open, 119 closed\n/)
      assert.match(stderr, /\ntoo few descriptors or local ports to try 50 ports at a time; reduced to [1-3]\n$/)
      assert.strictEqual(code, 0)
    })
  )

  onNetwork("when local ports run out, every port is tried, fewer at a time", () =>
    Effect.gen(function* () {
      yield* Fault.failNext("simulated", "connect", "NoLocalPort", 5)
      const { code, stderr, stdout } = yield* scan("target", "22,80-83", "-v")
      assert.match(stdout, /^target \(10\.0\.0\.2\): 2 open, 3 closed\n/)
      assert.match(stderr, /\ntoo few descriptors or local ports to try \d+ ports at a time; reduced to 1\n$/)
      assert.strictEqual(code, 0)
    })
  )

  onNetwork("without any descriptor, ports are unknown, and the exit code is 1", () =>
    Effect.gen(function* () {
      yield* Fault.descriptors("simulated", 0)
      const { code, millis, stderr, stdout } = yield* scan("target", "22,80")
      assert.deepStrictEqual(stdout.split("\n").slice(0, -1), [
        "target (10.0.0.2): 2 unknown",
        "PORT  STATE    SERVICE  DETAIL",
        "22    unknown  ssh      too many open files (EMFILE)",
        "80    unknown  http     too many open files (EMFILE)"
      ])
      assert.strictEqual(stderr, "connect 10.0.0.2:22: too many open files (EMFILE)\n")
      assert.deepStrictEqual([code, millis], [1, 5000])
    })
  )

  onNetwork("--json prints one object per port and one for the scan, and reports the attempts on stderr", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* scan("target", "22,81", "--json", "--banner")
      const port = { event: "port", address: "10.0.0.2:22", port: 22, state: "open", service: "ssh" }
      const closed = { event: "port", address: "10.0.0.2:81", port: 81, state: "closed" }
      assert.deepStrictEqual(events(stdout), [
        { ...port, banner: "SSH-2.0 \x1b[31m", millis: 0 },
        { ...closed, reason: "Refused", code: "ECONNREFUSED", millis: 0 },
        { event: "scanned", host: "target", address: "10.0.0.2", open: 1, closed: 1, filtered: 0, unknown: 0 }
      ])
      assert.deepStrictEqual(
        events(stderr).map(({ event, outcome }) => [event, outcome]),
        [
          ["attempt", "Connected"],
          ["attempt", "Refused"]
        ]
      )
      assert.strictEqual(code, 0)
    })
  )

  onNetwork("shows its progress on a terminal", () =>
    Effect.gen(function* () {
      yield* Fault.hang("target")
      const { stderr } = yield* scanWith({ isTTY: true }, "target", "1-4", "--timeout=1s", "--concurrency=2")
      assert.match(stderr, /\r0 of 4 ports tried, 0 open, 0:00/)
      assert.match(stderr, /\r2 of 4 ports tried, 0 open, 0:01/)
      assert.isTrue(stderr.endsWith("\r4 of 4 ports tried, 0 open, 0:02\x1b[K\n"))
    })
  )

  onNetwork("a signal ends it with exit code 130", () =>
    Effect.gen(function* () {
      yield* Fault.hang("target")
      const signal = yield* Deferred.make<"SIGINT">()
      yield* Effect.fork(Effect.delay(Deferred.succeed(signal, "SIGINT"), "3 seconds"))
      const ended = yield* scanWith({ signal: Deferred.await(signal) }, "target", "1-1000", "--timeout=1m")
      assert.deepStrictEqual(ended, { code: 130, stdout: "", stderr: "", millis: 2000 })
    })
  )
})
