/**
 * The options of `Network`, and their defaults. The interfaces are public as part of `Network`.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as SocketAddress from "../../SocketAddress.ts"
import type { ConnectAttempt } from "../../SocketError.ts"
import { count, duration, flag, OptionError, oneOf } from "../option/index.ts"
import { type OnFailure, settingsOf } from "../stream/index.ts"
import { decodeTimeouts, type Timeouts } from "../waiting/index.ts"
import type { BoundOptions, StreamOptions } from "./driver.ts"

/** Options of a connection, whether it was connected or accepted. */
export interface ConnectionOptions {
  /** Send small segments at once (TCP_NODELAY). Default: true. */
  readonly noDelay?: boolean | undefined
  /** When this many received bytes are buffered, reading pauses, so that the peer has to wait. Default: 128 KiB. */
  readonly highWaterMark?: number | undefined
  /**
   * How long `close` may take to finish the send in flight before it resets. The time is real time, or the time of the
   * simulation on a simulated network. Default: 1 second.
   */
  readonly closeTimeout?: Duration.DurationInput | undefined
  /**
   * How the connection ends if its Scope fails. Default: it closes after a typed failure if all sends are finished, so
   * that a reply arrives. Otherwise (a defect, an interruption or an unfinished send) it resets.
   */
  readonly onFailure?: OnFailure | undefined
  /** How long receives and sends wait for the peer. Default: no timeout. `Socket.withTimeouts` replaces them. */
  readonly timeouts?: Timeouts | undefined
}

/** Options of `connect`. */
export interface ConnectOptions extends ConnectionOptions {
  /** Time for the whole connect, including name resolution. Default: 30 seconds. `Infinity` means no timeout. */
  readonly timeout?: Duration.DurationInput | undefined
  /** Try only addresses of this family. It applies to names, not to an address. Default: both families. */
  readonly family?: SocketAddress.Inet["family"] | undefined
  /**
   * Called for each address that was tried, when its outcome is known and before `connect` returns. `Abandoned` means
   * that the attempt was interrupted: another address connected first, or the timeout passed.
   */
  readonly onAttempt?: ((attempt: ConnectAttempt) => Effect.Effect<void>) | undefined
}

/** Options for resolving a name. */
export interface ResolveOptions {
  /**
   * Return only addresses of this family. A name or a literal without one fails with reason `NoData`. Default: both
   * families.
   */
  readonly family?: SocketAddress.Inet["family"] | undefined
}

/** Options of `listen`, for the listener and for the connections that it accepts. */
export interface ListenOptions extends ConnectionOptions {
  /**
   * The most connections that the kernel keeps before they are accepted. Beyond that, clients get no answer. The kernel
   * may lower the number. Default: 511.
   */
  readonly backlog?: number | undefined
  /** The most connections that wait for `accept`. More are reset (Unix sockets: closed). Default: 128. */
  readonly acceptQueue?: number | undefined
  /**
   * Accept only IPv6 on `::`. Otherwise `::` also accepts IPv4, and such a peer has an address like `::ffff:192.0.2.1`.
   * Default: false.
   */
  readonly ipv6Only?: boolean | undefined
  /**
   * The permission bits of a Unix path, from 0 to `0o777`, such as `0o600`. Any other number is a defect. Nobody can
   * connect who may not, not even briefly. If the umask of the process lets more users write than `mode` does, it is
   * narrowed while the path is created. Files that other threads create in that moment get fewer write permissions too,
   * and in a worker thread `listen` fails with reason `Unsupported`. The usual umask of `0o022` is never changed. Default: what the umask leaves.
   */
  readonly mode?: number | undefined
  /**
   * Take over a Unix path on which no process listens, such as one that a killed server left behind. Only a socket that
   * refuses connections is removed, never another file. If false, such a path fails with reason `AddressInUse`. This is
   * not a lock: if two processes do this at the same moment, both may think they own the path. Default: false.
   */
  readonly removeStale?: boolean | undefined
  /** Bind the first address of this family. It applies to names, not to an address. Default: both families. */
  readonly family?: SocketAddress.Inet["family"] | undefined
}

const modeOf = (mode: number | undefined): number | undefined => {
  if (mode === undefined || (Number.isInteger(mode) && mode >= 0 && mode <= 0o777)) return mode
  throw new OptionError({ option: "mode", value: mode, expected: "an integer from 0 to 0o777" })
}

/** Checks what connecting and listening have in common, and what only a later step reads. */
const checkConnection = (options: ConnectionOptions & ResolveOptions): void => {
  oneOf("family", options.family, ["IPv4", "IPv6"])
  oneOf("onFailure", options.onFailure, ["close", "reset"])
  decodeTimeouts(options.timeouts)
}

/** Throws an `OptionError` if an option of `connect` is wrong. */
export const checkConnect = (options: ConnectOptions | undefined): void => {
  if (options === undefined) return
  checkConnection(options)
  streamOptions(options)
  connectTimeout(options)
}

/** Throws an `OptionError` if an option of `listen` is wrong. */
export const checkListen = (options: ListenOptions | undefined): void => {
  if (options === undefined) return
  checkConnection(options)
  listenOptions(options)
}

/** The default is decoded once, because a duration written as text would be parsed for each connect. */
const defaultTimeout = Duration.decode("30 seconds")

export const streamOptions = (options: ConnectionOptions | undefined): StreamOptions => ({
  ...settingsOf(options),
  noDelay: flag("noDelay", options?.noDelay, true)
})

export const connectTimeout = (options: ConnectOptions | undefined): Duration.Duration =>
  options?.timeout === undefined ? defaultTimeout : duration("timeout", options.timeout)

export const listenOptions = (options: ListenOptions | undefined): BoundOptions => ({
  ...streamOptions(options),
  // Node replaces a backlog of 0 by its own default, and truncates a larger number to 32 bits.
  backlog: Math.min(2 ** 31 - 1, count("backlog", options?.backlog, 511, 1)),
  acceptQueue: count("acceptQueue", options?.acceptQueue, 128),
  ipv6Only: flag("ipv6Only", options?.ipv6Only, false),
  mode: modeOf(options?.mode),
  removeStale: flag("removeStale", options?.removeStale, false)
})
