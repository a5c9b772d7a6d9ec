/**
 * The options of `Network`, and their defaults. The interfaces are public as part of `Network`.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as SocketAddress from "../../SocketAddress.ts"
import type { ConnectAttempt } from "../../SocketError.ts"
import { byte, callback, count, duration, flag, OptionError, oneOf, portNumber } from "../option/index.ts"
import { type OnFailure, settingsOf } from "../stream/index.ts"
import { type DecodedTimeouts, decodeTimeouts, type Timeouts } from "../waiting/index.ts"
import type { BoundOptions, DialOptions, StreamOptions } from "./driver.ts"

/** When the operating system probes whether a silent peer is still there. Times are rounded up to whole seconds. */
export interface KeepAlive {
  /** How long a connection is silent before the first probe (TCP_KEEPIDLE). At least 1 second. */
  readonly delay: Duration.DurationInput
  /**
   * The time between two probes (TCP_KEEPINTVL). Needs Node 24 or later: otherwise `connect` and `listen` fail with
   * reason `Unsupported`. Default: 1 second.
   */
  readonly interval?: Duration.DurationInput | undefined
  /**
   * After this many probes without an answer, the connection breaks (TCP_KEEPCNT). Needs Node 24 or later, as `interval`
   * does. Default: 10.
   */
  readonly count?: number | undefined
}

/** Options of a connection, for `connect` and for accepted connections. */
export interface ConnectionOptions {
  /** True if small segments are sent at once (TCP_NODELAY). Default: true. */
  readonly noDelay?: boolean | undefined
  /**
   * The operating system probes a silent peer (SO_KEEPALIVE). If the peer does not answer, for example because its
   * machine has lost its power, receives and sends fail with reason `TimedOut` and `by: "kernel"`. A duration is the
   * `delay`. No effect on a Unix path and on a simulated network. Default: no probes.
   */
  readonly keepAlive?: Duration.DurationInput | KeepAlive | undefined
  /**
   * The type of service of each packet, from 0 to 255 (IP_TOS, IPV6_TCLASS). Needs Node 24 or later: otherwise `connect`
   * and `listen` fail with reason `Unsupported`. No effect on a Unix path and on a simulated network. Default: 0.
   */
  readonly typeOfService?: number | undefined
  /** When this many received bytes are buffered and no receive waits for more, reading pauses. Default: 128 KiB. */
  readonly highWaterMark?: number | undefined
  /**
   * How long `close` may take. If the send in flight is unfinished after this time, `close` resets the connection. The
   * time is real time, or simulated time on a simulated network. Default: 1 second.
   */
  readonly closeTimeout?: Duration.DurationInput | undefined
  /**
   * How the connection ends if its Scope closes with a failure. Default: after a typed failure with all sends finished,
   * the connection is closed, so that a reply still arrives. After a defect or an interruption, or with an unfinished
   * send, the connection is reset.
   */
  readonly onFailure?: OnFailure | undefined
  /**
   * How long receives and sends wait for the peer. `Socket.withTimeouts` replaces these timeouts. Default: no timeout.
   */
  readonly timeouts?: Timeouts | undefined
}

/** Options of `connect`. */
export interface ConnectOptions extends ConnectionOptions {
  /** The timeout of the whole connect, including name resolution. Default: 30 seconds. `Infinity` means no timeout. */
  readonly timeout?: Duration.DurationInput | undefined
  /** If the target is a name, try only addresses of this family. Default: both families. */
  readonly family?: SocketAddress.Inet["family"] | undefined
  /**
   * The IP address of this machine to connect from, such as `192.0.2.7` or `fe80::1%eth0`. If the target is a name, only
   * addresses of its family are tried. If this machine does not have the address, or the target has another family or is
   * a Unix path, `connect` fails with reason `AddressNotAvailable`. Default: the system chooses.
   */
  readonly localAddress?: string | undefined
  /**
   * The local port to connect from. If a listener uses the port, `connect` fails with reason `AddressInUse`. If there is
   * already a connection from this port to the same address, `connect` fails with reason `NoLocalPort`. No effect on a
   * Unix path. Default: 0, any free port.
   */
  readonly localPort?: number | undefined
  /**
   * Called once for each address that was tried, when the outcome of the attempt is known and before `connect` returns.
   * `Abandoned` means that the attempt was interrupted: another address connected first, the timeout passed, or the
   * caller was interrupted. `connect` waits for the returned effect, also after `timeout`.
   */
  readonly onAttempt?: ((attempt: ConnectAttempt) => Effect.Effect<void>) | undefined
}

/** Options for resolving a name. */
export interface ResolveOptions {
  /**
   * Return only addresses of this family. If a name has none, fail with reason `NoData`. Default: both families.
   */
  readonly family?: SocketAddress.Inet["family"] | undefined
}

/** Options of `listen`, for the listener and for the connections that it accepts. */
export interface ListenOptions extends ConnectionOptions {
  /**
   * The most connections that wait in the kernel to be accepted. When this queue is full, a TCP client gets no answer,
   * and a client of a Unix path fails with reason `BacklogFull`. The kernel may lower the number. Default: 511.
   */
  readonly backlog?: number | undefined
  /**
   * The most connections that wait in this process for `accept`. Further connections are reset (Unix: closed). Default:
   * 128.
   */
  readonly acceptQueue?: number | undefined
  /**
   * True if a listener on `::` accepts only IPv6. If false, it also accepts IPv4, and an IPv4 peer has an address like
   * `::ffff:192.0.2.1`. Default: false.
   */
  readonly ipv6Only?: boolean | undefined
  /**
   * The permission bits of a Unix path, from 0 to `0o777`, such as `0o600`. Any other number is a defect. A user whom
   * `mode` excludes can never connect, not even for a moment. Default: the umask decides.
   *
   * If the umask of the process lets more users write than `mode` does, `listen` narrows the umask while it creates the
   * path. On a system without `/proc`, `listen` cannot read the umask, and may narrow it too. Files that other threads
   * create at that moment get fewer write permissions too. A worker thread cannot narrow the umask, so there `listen`
   * fails with reason `Unsupported`. On Linux, the usual umask of `0o022` is never changed.
   */
  readonly mode?: number | undefined
  /**
   * True if `listen` takes over a Unix path on which no process listens, such as the path of a killed server. `listen`
   * then removes a socket that refuses connections, and never another file. If false, `listen` fails with reason
   * `AddressInUse` on such a path. This is not a lock: if two processes do this at the same moment, both may think they
   * own the path. Default: false.
   */
  readonly removeStale?: boolean | undefined
  /**
   * True if other listeners with this option may listen on the same address and port (SO_REUSEPORT). The operating
   * system then spreads the connections over these listeners, which may be in several processes of one user. Needs
   * Linux or FreeBSD, and Node 22.12 or later. Otherwise, on a Unix path, and on a simulated network, `listen` fails
   * with reason `Unsupported`. Default: false.
   */
  readonly reusePort?: boolean | undefined
  /** If the host is a name, bind its first address of this family. Default: the first address of either family. */
  readonly family?: SocketAddress.Inet["family"] | undefined
}

const modeOf = (mode: number | undefined): number | undefined => {
  if (mode === undefined || (Number.isInteger(mode) && mode >= 0 && mode <= 0o777)) return mode
  throw new OptionError({ option: "mode", value: mode, expected: "an integer from 0 to 0o777" })
}

const familyOf = (options: ResolveOptions | undefined) => oneOf("family", options?.family, ["IPv4", "IPv6"])

const onFailureOf = (options: ConnectionOptions | undefined) =>
  oneOf("onFailure", options?.onFailure, ["close", "reset"])

/** Throws an `OptionError` if an option of `listen` is wrong. */
export const checkListen = (options: ListenOptions | undefined): void => {
  if (options === undefined) return
  familyOf(options)
  onFailureOf(options)
  decodeTimeouts(options.timeouts)
  listenOptions(options)
}

/** The default timeout of a connect. Decoded once here, because otherwise each connect would parse the text. */
export const defaultTimeout: Duration.Duration = Duration.decode("30 seconds")

const isKeepAlive = (value: Duration.DurationInput | KeepAlive): value is KeepAlive =>
  typeof value === "object" && value !== null && "delay" in value

/** Whole seconds, as the operating system counts them. The largest number is that of Linux. */
const seconds = (option: string, value: Duration.DurationInput): number =>
  Math.min(32_767, Math.max(1, Math.ceil(Duration.toMillis(duration(option, value)) / 1000)))

const keepAliveOf = (value: Duration.DurationInput | KeepAlive | undefined): StreamOptions["keepAlive"] => {
  if (value === undefined) return undefined
  if (!isKeepAlive(value)) return { delay: seconds("keepAlive", value), interval: undefined, count: undefined }
  return {
    delay: seconds("keepAlive.delay", value.delay),
    interval: value.interval === undefined ? undefined : seconds("keepAlive.interval", value.interval),
    count: value.count === undefined ? undefined : Math.min(127, count("keepAlive.count", value.count, undefined, 1))
  }
}

const streamOptions = (options: ConnectionOptions | undefined): StreamOptions => ({
  ...settingsOf(options),
  noDelay: flag("noDelay", options?.noDelay, true),
  keepAlive: keepAliveOf(options?.keepAlive),
  typeOfService: options?.typeOfService === undefined ? undefined : byte("typeOfService", options.typeOfService)
})

const dialOptions = (options: ConnectOptions | undefined): DialOptions => {
  const { localAddress, localPort } = options ?? {}
  const port = portNumber("localPort", localPort, 0)
  if (localAddress === undefined) return { ...streamOptions(options), localAddress, localPort: port }
  const parsed = typeof localAddress === "string" ? SocketAddress.inet(localAddress, port) : Either.left(undefined)
  if (Either.isLeft(parsed)) {
    throw new OptionError({ option: "localAddress", value: localAddress, expected: "an IP address" })
  }
  return { ...streamOptions(options), localAddress: parsed.right, localPort: port }
}

/** Returns the only family that a connect may try. */
const onlyFamily = (options: ConnectOptions | undefined, { localAddress }: DialOptions) => {
  const family = familyOf(options)
  if (family !== undefined && localAddress !== undefined && localAddress.family !== family) {
    throw new OptionError({ option: "family", value: family, expected: "the family of localAddress" })
  }
  return family ?? localAddress?.family
}

/** The options of `connect` after the check, with defaults filled in. */
export interface ConnectSettings extends Pick<ConnectOptions, "family" | "onAttempt" | "onFailure"> {
  readonly dial: DialOptions
  readonly timeout: Duration.Duration
  readonly timeouts: DecodedTimeouts | undefined
}

/** Fills in the defaults of the options of `connect`. Throws an `OptionError` if an option is wrong. */
export const connectSettings = (options: ConnectOptions | undefined): ConnectSettings => {
  const dial = dialOptions(options)
  return {
    dial,
    timeout: duration("timeout", options?.timeout, defaultTimeout),
    timeouts: decodeTimeouts(options?.timeouts),
    family: onlyFamily(options, dial),
    onFailure: onFailureOf(options),
    onAttempt: callback("onAttempt", options?.onAttempt)
  }
}

/** The settings of a connect without options. */
export const connectDefaults = connectSettings(undefined)

export const listenOptions = (options: ListenOptions | undefined): BoundOptions => ({
  ...streamOptions(options),
  // The backlog is from 1 to 2 ** 31 - 1. Node replaces 0 with its own default, and truncates a larger number to 32
  // bits.
  backlog: Math.min(2 ** 31 - 1, count("backlog", options?.backlog, 511, 1)),
  acceptQueue: count("acceptQueue", options?.acceptQueue, 128),
  ipv6Only: flag("ipv6Only", options?.ipv6Only, false),
  mode: modeOf(options?.mode),
  removeStale: flag("removeStale", options?.removeStale, false),
  reusePort: flag("reusePort", options?.reusePort, false)
})
