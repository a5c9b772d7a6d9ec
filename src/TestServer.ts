/**
 * Servers for testing a client, as layers. Some are ready-made: they greet, echo, or misbehave (silent, slow, flooding,
 * resetting). Others follow a script. All of them use the `Network` of the context. All but `layerNeverAccept` record
 * their connections. Their pauses use Effect's Clock. If a server cannot listen, its layer fails. These servers are not
 * for production, because they have no limits.
 *
 * With the option `tls`, a server uses TLS. To test a TLS client against a peer that hangs in the handshake or does not
 * speak TLS, leave the option out: `layerSilent` hangs, and `layerGreeting` and `layerGarbage` do not speak TLS.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { count, duration, seedOf } from "./internal/option/index.ts"
import * as internal from "./internal/testServer/index.ts"
import { bytesOf, invalid, type Script, scripted, Verdict } from "./internal/testServer/index.ts"
import type * as Network from "./Network.ts"
import type * as SocketError from "./SocketError.ts"
import type * as Tls from "./Tls.ts"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Connection,
  /**
   * @since 0.1.0
   * @category models
   */
  Dropped,
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
   * @since 0.1.0
   * @category scripts
   */
  Script,
  /**
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
 * A running test server. The server listens as soon as its layer has been built. When the layer's Scope closes, the
 * server stops at once and resets the open connections.
 *
 * @since 0.1.0
 * @category tags
 */
export class TestServer extends Context.Tag("effect-sockets/TestServer")<TestServer, internal.Service>() {}

/**
 * Options for `layerDribble` and `layerSlowReader`.
 *
 * @since 0.1.0
 * @category options
 */
export interface PacedOptions<T extends Tls.ServerOptions | undefined = undefined> extends internal.Options<T> {
  /** The pause between two sends or two receives, by Effect's Clock. */
  readonly every: Duration.DurationInput
}

type Secure = Tls.ServerOptions | undefined

/** A layer with the option `tls` needs the engine of TLS. */
type Running<T extends Secure> = Layer.Layer<
  TestServer,
  | SocketError.ListenError
  | SocketError.AddressError
  | SocketError.ResolveError
  | (T extends undefined ? never : Tls.TlsConfigError),
  Network.Network | (T extends undefined ? never : Tls.Tls)
>

const layer = <T extends Secure>(
  part: internal.Part | undefined,
  options: internal.Options<T> | undefined,
  verify?: Effect.Effect<void, internal.ScriptDeparture>
): Running<T> =>
  // Without the option, the server does not need the engine. The types cannot tell.
  Layer.scoped(TestServer, internal.start(part, options, verify)) as Running<T>

/**
 * Sends `message` to every client and closes the connection. It does not wait for bytes from the client.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerGreeting = <T extends Secure = undefined>(
  message: string,
  options?: internal.Options<T>
): Running<T> => layer(internal.sends(bytesOf(message)), options)

/**
 * Sends back all bytes that it receives. When the client ends, the server ends too.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerEcho = <T extends Secure = undefined>(options?: internal.Options<T>): Running<T> =>
  layer(internal.echoes, options)

/**
 * Receives all bytes and sends nothing. It does not end when the client has ended. A client that waits for an answer
 * waits forever.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerSilent = <T extends Secure = undefined>(options?: internal.Options<T>): Running<T> =>
  layer(internal.isSilent, options)

/**
 * Listens but never accepts, like a program that hangs. A client can connect, because the operating system completes
 * the connection. The server does not read the client's bytes, so the client's sends wait when the buffers are full.
 * When the server stops, the client is reset. Clients beyond `acceptQueue` are reset at once. The server records
 * nothing.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerNeverAccept = <T extends Secure = undefined>(options?: internal.Options<T>): Running<T> =>
  layer(undefined, options)

/**
 * Sends `bytes` one at a time and closes after the last one. A client usually receives a message in pieces. The first
 * byte is sent at once, and each later byte after a pause of the duration `every`. Meanwhile the server receives the client's
 * bytes.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerDribble = <T extends Secure = undefined>(
  bytes: Uint8Array | string,
  options: PacedOptions<T>
): Running<T> => layer(internal.dribbles(bytesOf(bytes), duration("every", options.every)), options)

/**
 * Sends 64 KiB of random bytes and closes, like a server of another protocol. The bytes depend only on `seed`, so every
 * client receives the same bytes. Meanwhile the server receives the client's bytes.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerGarbage = <T extends Secure = undefined>(seed: number, options?: internal.Options<T>): Running<T> =>
  layer(internal.sendsWhileReceiving(internal.garbage(seedOf(seed), 65536)), options)

/**
 * Sends the letter `x` without end and without a line break, as fast as the client receives. Meanwhile it receives the
 * client's bytes. It does not stop when the client ends its sending half. It stops when the client has closed or reset
 * the connection.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFlood = <T extends Secure = undefined>(options?: internal.Options<T>): Running<T> =>
  layer(internal.floods(bytesOf("x".repeat(65536))), options)

/**
 * Closes every connection as soon as it is accepted. A client sees the end at once. Its sends fail, but the first may
 * succeed.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerCloseAtOnce = <T extends Secure = undefined>(options?: internal.Options<T>): Running<T> =>
  layer(internal.closesAtOnce, options)

/**
 * Resets every connection as soon as it is accepted. If the reset arrives before the client's `connect` has returned,
 * `connect` fails with reason `Reset`. This can happen over TCP within one process. A Unix socket has no reset: with
 * any layer that resets, its client usually sees the end instead.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerReset = <T extends Secure = undefined>(options?: internal.Options<T>): Running<T> =>
  layer(internal.resets, options)

/**
 * Receives `bytes` bytes and resets, so that the client's request is cut. If the client ends earlier, the server
 * closes, and the client sees the end.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerResetAfter = <T extends Secure = undefined>(
  bytes: number,
  options?: internal.Options<T>
): Running<T> => layer(internal.resetsAfter(count("bytes", bytes, 0)), options)

/**
 * Sends the first `bytes` bytes of `message` and resets, so that the client receives a cut message. The server sleeps
 * for 0 ms before the reset. If the client has not read the bytes by then, the reset may destroy them.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerResetMidFrame = <T extends Secure = undefined>(
  message: Uint8Array | string,
  bytes: number,
  options?: internal.Options<T>
): Running<T> => layer(internal.resetsMidFrame(bytesOf(message), count("bytes", bytes, 0)), options)

/**
 * Sends `message` and ends the connection without close_notify, as an attacker would cut a TLS stream. A client that
 * requires close_notify fails with reason `Truncated` after the last byte.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerTruncated = <T extends Tls.ServerOptions>(
  message: Uint8Array | string,
  options: internal.Options<T> & { readonly tls: T }
): Running<T> => layer(internal.truncates(bytesOf(message)), options)

/**
 * Ends its sending half at once, receives until the client ends too, and closes. The client sees the end, and can still
 * send.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerHalfClose = <T extends Secure = undefined>(options?: internal.Options<T>): Running<T> =>
  layer(internal.halfCloses, options)

/**
 * Receives at most `bufsize` bytes at a time until the client ends, and sends nothing. The first receive is at once.
 * Every other receive is after a pause of `every`. A client's sends wait when all buffers between client and server are
 * full. The server itself buffers little, but the operating system may buffer several megabytes. Default of
 * `highWaterMark`: `bufsize`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerSlowReader = <T extends Secure = undefined>(bufsize: number, options: PacedOptions<T>): Running<T> =>
  layer(internal.readsSlowly(count("bufsize", bufsize, 1, 1), duration("every", options.every)), {
    ...options,
    highWaterMark: options.highWaterMark ?? bufsize
  })

const layerOf = <T extends Secure>(
  scripts: ReadonlyArray<Script>,
  scriptOf: (connection: number) => Script | undefined,
  count: number | undefined,
  options: internal.Options<T> | undefined
): Running<T> =>
  Layer.suspend(() => {
    const mistake = scripts.map(invalid).find(mistake => mistake !== undefined)
    if (mistake !== undefined) return Layer.die(new Cause.RuntimeException(mistake)) as Running<T>
    const verdict = new Verdict(count)
    return layer(scripted(scriptOf, verdict), options, verdict.verify)
  })

/**
 * Plays a script with every client, from the first step. If a client departs from the script, the server resets the
 * client and logs the departure. `verify` fails with the first departure. `verify` succeeds when at least one client
 * has played the script to its end and no client is still playing it. If a step of the script is impossible, the layer
 * dies with a defect.
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
export const layerScript = <T extends Secure = undefined>(script: Script, options?: internal.Options<T>): Running<T> =>
  layerOf([script], () => script, undefined, options)

/**
 * Plays each script with one client, in the order in which clients are accepted. A client for which no script is left
 * departs with reason `NoScript`. `verify` succeeds when all scripts have been played to their ends. In all other
 * respects, this layer works as `layerScript`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerScripts = <T extends Secure = undefined>(
  scripts: ReadonlyArray<Script>,
  options?: internal.Options<T>
): Running<T> => layerOf(scripts, connection => scripts[connection], scripts.length, options)
