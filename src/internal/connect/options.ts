/**
 * What a caller may say, and what holds where nothing was said. The interfaces are public as part of `Network`.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as SocketAddress from "../../SocketAddress.ts"
import type { ConnectAttempt } from "../../SocketError.ts"
import { type OnFailure, settingsOf } from "../stream/index.ts"
import type { Timeouts } from "../waiting/index.ts"
import type { BoundOptions, StreamOptions } from "./driver.ts"

/** What may be said of a connection, whoever made it. */
export interface ConnectionOptions {
  /** Small sends go out at once (TCP_NODELAY). On by default. */
  readonly noDelay?: boolean | undefined
  /** How many received bytes are buffered before the peer is held back: 128 KiB by default. */
  readonly highWaterMark?: number | undefined
  /** How long `close` may take to flush: 1 second of real time by default. */
  readonly closeTimeout?: Duration.DurationInput | undefined
  /**
   * How the connection ends when its scope failed. Without it: a typed failure closes, so that a reply already sent
   * arrives; a defect, an interruption or an unfinished send resets.
   */
  readonly onFailure?: OnFailure | undefined
  /** How long it waits for its peer: without a limit by default. `Socket.withTimeouts` changes it for a while. */
  readonly timeouts?: Timeouts | undefined
}

/** What may be said when connecting. */
export interface ConnectOptions extends ConnectionOptions {
  /** For all of it, the resolution of the name included: 30 seconds by default, `Infinity` for none. */
  readonly timeout?: Duration.DurationInput | undefined
  /** Of a name, only addresses of this family are tried. An address is its own. Both by default. */
  readonly family?: SocketAddress.Inet["family"] | undefined
  /**
   * Is told of each address that was tried, when it is known what came of it, before the connection is given. `Abandoned`
   * is one that was given up: another one was faster, or the time was up.
   */
  readonly onAttempt?: ((attempt: ConnectAttempt) => Effect.Effect<void>) | undefined
}

/** What may be said when resolving a name. */
export interface ResolveOptions {
  /** Addresses of this family alone; a name or a literal that has none of it fails with `NoData`. Both by default. */
  readonly family?: SocketAddress.Inet["family"] | undefined
}

/** What may be said when listening: of the listener, and of the connections that it will accept. */
export interface ListenOptions extends ConnectionOptions {
  /** How many connections the kernel keeps before it answers no more: 511 by default, and no more than it allows. */
  readonly backlog?: number | undefined
  /** How many connections wait here to be accepted: 128 by default. Beyond it they are reset (on Unix: closed). */
  readonly acceptQueue?: number | undefined
  /** `::` takes IPv6 alone. By default it takes IPv4 too, and shows those peers as `::ffff:192.0.2.1`. */
  readonly ipv6Only?: boolean | undefined
  /** The permission bits of a Unix path, never wider in between: the lowest nine, as in `0o600`. By default what the umask leaves. */
  readonly mode?: number | undefined
  /**
   * Takes over a Unix path on which nobody listens any more, as a server that was killed leaves it: a socket that
   * refuses to be connected to, and nothing else. Off by default, and `AddressInUse` then. It is no lock: of processes
   * that do so in the same instant two may believe to have the path.
   */
  readonly removeStale?: boolean | undefined
  /** Of a name, the first address of this family is bound. An address is its own. Both by default. */
  readonly family?: SocketAddress.Inet["family"] | undefined
}

/** Read once: a text is parsed each time. */
const defaultTimeout = Duration.decode("30 seconds")

export const streamOptions = (options: ConnectionOptions | undefined): StreamOptions => ({
  ...settingsOf(options),
  noDelay: options?.noDelay ?? true
})

export const connectTimeout = (options: ConnectOptions | undefined): Duration.Duration =>
  options?.timeout === undefined ? defaultTimeout : Duration.decode(options.timeout)

export const listenOptions = (options: ListenOptions | undefined): BoundOptions => ({
  ...streamOptions(options),
  // Node takes 0 for its own default, and what is no 32 bits is cut to them.
  backlog: Math.min(2 ** 31 - 1, Math.max(1, Math.trunc(options?.backlog ?? 511))) || 1,
  acceptQueue: Math.max(0, options?.acceptQueue ?? 128) || 0,
  ipv6Only: options?.ipv6Only ?? false,
  mode: options?.mode,
  removeStale: options?.removeStale ?? false
})
