/**
 * Servers as layers, to test a client against: ready-made ones with all the manners that a server can have, and scripts.
 * They run over whatever `Network` they are given, on a free loopback port unless told otherwise, and record what they
 * see. All that takes time goes by the Clock. They are no servers for production: they keep no limits.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as internal from "./internal/testServer/index.ts"
import { bytesOf, invalid, type Script, scripted, Verdict } from "./internal/testServer/index.ts"
import type * as Network from "./Network.ts"
import type * as SocketError from "./SocketError.ts"

export type {
  /**
   * What was seen of a connection, as it was in that moment. Bytes, an end and a reset are seen when the server receives
   * them: that is at once, but for one that reads slowly or only when it closes, and for a script that expects nothing.
   *
   * @since 0.1.0
   * @category models
   */
  Connection,
  /**
   * @since 0.1.0
   * @category scripts
   */
  LinePattern,
  /**
   * @since 0.1.0
   * @category options
   */
  Options,
  /**
   * What a server does with a connection, step by step, and what the client is to do. After the last step the client is
   * to end, unless the script has itself made an end; then the server closes.
   *
   * @since 0.1.0
   * @category scripts
   */
  Script,
  /**
   * A server that is running, and what it has seen so far. It keeps a record of each connection for as long as it runs.
   *
   * @since 0.1.0
   * @category models
   */
  Service,
  /**
   * @since 0.1.0
   * @category scripts
   */
  Step
} from "./internal/testServer/index.ts"
export {
  /**
   * @since 0.1.0
   * @category scripts
   */
  close,
  /**
   * @since 0.1.0
   * @category models
   */
  type DepartureReason,
  /**
   * @since 0.1.0
   * @category scripts
   */
  expect,
  /**
   * @since 0.1.0
   * @category scripts
   */
  expectEnd,
  /**
   * @since 0.1.0
   * @category scripts
   */
  expectLine,
  /**
   * @since 0.1.0
   * @category scripts
   */
  expectReset,
  /**
   * @since 0.1.0
   * @category scripts
   */
  reset,
  /**
   * @since 0.1.0
   * @category errors
   */
  ScriptDeparture,
  /**
   * @since 0.1.0
   * @category scripts
   */
  send,
  /**
   * @since 0.1.0
   * @category scripts
   */
  shutdownSend,
  /**
   * @since 0.1.0
   * @category scripts
   */
  wait
} from "./internal/testServer/index.ts"

/**
 * The server that is running. It listens before its layer is built; when the layer's scope closes it is gone at once, and
 * what was still open is reset.
 *
 * @since 0.1.0
 * @category tags
 */
export class TestServer extends Context.Tag("effect-sockets/TestServer")<TestServer, internal.Service>() {}

/**
 * @since 0.1.0
 * @category options
 */
export interface PacedOptions extends internal.Options {
  /** From one time to the next, by the Clock. */
  readonly every: Duration.DurationInput
}

type Running = Layer.Layer<
  TestServer,
  SocketError.ListenError | SocketError.AddressError | SocketError.ResolveError,
  Network.Network
>

const layer = (part: internal.Part | undefined, options: internal.Options | undefined): Running =>
  Layer.scoped(TestServer, internal.start(part, options))

/**
 * Sends `message` to every client and closes: the server of the lesson. What a client sends is not waited for.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerGreeting = (message: string, options?: internal.Options): Running =>
  layer(internal.sends(bytesOf(message)), options)

/**
 * Sends back what it receives, until the client ends; then it ends too.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerEcho = (options?: internal.Options): Running => layer(internal.echoes, options)

/**
 * Takes all that the client sends, and sends nothing, not even an end when the client has ended: a client that waits for
 * an answer waits for ever.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerSilent = (options?: internal.Options): Running => layer(internal.isSilent, options)

/**
 * Listens, and accepts nobody, as a program that hangs. A client is connected, for that is the system's doing; nothing it
 * sends is read, so that in the end its sends wait; and when the server goes it is reset. Nothing is recorded. More
 * clients than `acceptQueue` allows are reset at once.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerNeverAccept = (options?: internal.Options): Running => layer(undefined, options)

/**
 * Sends `bytes` one at a time, the first at once and the others `every` so often, and closes after the last: a client sees
 * every message come in pieces. What the client sends is taken meanwhile.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerDribble = (bytes: Uint8Array | string, options: PacedOptions): Running =>
  layer(internal.dribbles(bytesOf(bytes), options.every), options)

/**
 * Sends 64 KiB of random bytes, the same for the same seed and to every client, and closes: what a client sees that has
 * come to a server of another protocol. What the client sends is taken meanwhile.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerGarbage = (seed: number, options?: internal.Options): Running =>
  layer(internal.sendsWhileReceiving(internal.garbage(seed, 65536)), options)

/**
 * Sends without an end, as fast as the client takes it: the letter `x`, so that it is a text without a line. What the
 * client sends is taken meanwhile. Only a client that goes stops it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFlood = (options?: internal.Options): Running =>
  layer(internal.floods(bytesOf("x".repeat(65536))), options)

/**
 * Closes every connection as soon as it is accepted: a client sees the end at once, and its sends break.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerCloseAtOnce = (options?: internal.Options): Running => layer(internal.closesAtOnce, options)

/**
 * Resets every connection as soon as it is accepted. A client that has not yet seen that it is connected sees it fail to
 * connect, with reason `Reset` too: over TCP in one process that is what happens. A Unix socket has no reset, and sees the
 * end, here and below.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerReset = (options?: internal.Options): Running => layer(internal.resets, options)

/**
 * Takes `bytes` bytes, and resets: a client sees its request broken off. A client that ends before sees the end.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerResetAfter = (bytes: number, options?: internal.Options): Running =>
  layer(internal.resetsAfter(bytes), options)

/**
 * Sends the first `bytes` bytes of a message, and resets: a client sees a message that is cut. It has a turn to read them
 * in between; if it is slower than that the reset may take them with it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerResetMidFrame = (message: Uint8Array | string, bytes: number, options?: internal.Options): Running =>
  layer(internal.resetsMidFrame(bytesOf(message), bytes), options)

/**
 * Ends its half at once, and takes what the client sends until it ends too; then it closes. A client sees the end, and can
 * go on sending.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerHalfClose = (options?: internal.Options): Running => layer(internal.halfCloses, options)

/**
 * Takes at most `bufsize` bytes, the first ones at once and the others `every` so often, until the client ends, and sends
 * nothing: a client's sends wait when all that is between is full. Little is kept here (`highWaterMark` is `bufsize` unless
 * told); the system may keep some megabytes.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerSlowReader = (bufsize: number, options: PacedOptions): Running =>
  layer(internal.readsSlowly(bufsize, options.every), { ...options, highWaterMark: options.highWaterMark ?? bufsize })

const layerOf = (
  scripts: ReadonlyArray<Script>,
  scriptOf: (connection: number) => Script | undefined,
  count: number | undefined,
  options: internal.Options | undefined
): Running =>
  Layer.scoped(
    TestServer,
    Effect.suspend(() => {
      const mistake = scripts.map(invalid).find(mistake => mistake !== undefined)
      if (mistake !== undefined) return Effect.dieMessage(mistake)
      const verdict = new Verdict(count)
      return internal.start(scripted(scriptOf, verdict), options, verdict.verify)
    })
  )

/**
 * Plays a script with every client, each from its beginning. A client that departs from it is reset, the departure is
 * logged, and `verify` fails with it; `verify` succeeds when the script has been played to its end at least once, and by
 * all who are connected. A script with a step that can never be done is a defect.
 *
 * @example
 * ```ts
 * import * as TestServer from "effect-sockets/TestServer"
 *
 * export const mailServer = TestServer.layerScript([
 *   TestServer.send("220 mail.example.org ESMTP\r\n"),
 *   TestServer.expectLine(/^EHLO \S+$/),
 *   TestServer.send("250 mail.example.org\r\n"),
 *   TestServer.expect("QUIT\r\n"),
 *   TestServer.send("221 Bye\r\n"),
 *   TestServer.close
 * ])
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerScript = (script: Script, options?: internal.Options): Running =>
  layerOf([script], () => script, undefined, options)

/**
 * As `layerScript`, but the first client to be accepted plays the first script, the second the second; one more departs
 * from them. `verify` succeeds when all of them have been played to their ends.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerScripts = (scripts: ReadonlyArray<Script>, options?: internal.Options): Running =>
  layerOf(scripts, connection => scripts[connection], scripts.length, options)
