/**
 * The options of a world, of a host, and of a run. Public as part of `SimulatedNetwork`.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import { count, millis, oneOf, seedOf } from "../../option/index.ts"
import { constant, type Distribution, type Fragments, type Profile, profiles, type Quality } from "../link/index.ts"

/**
 * Options of a world.
 *
 * @since 0.1.0
 * @category options
 */
export interface Options {
  /**
   * The seed of all random choices of the world. The same seed gives the same losses and latencies. In `run`, the seed
   * is also used for the Random of the program. If `seed` is not given, `run` and `checkDeterminism` use the
   * environment variable `SIM_SEED`. `seeds` uses `SIM_SEED` even if `seed` is given. Default: 0.
   */
  readonly seed?: number | undefined
  /** The kind of network, such as `lan`. It also applies to TCP connections within one host. Default: `calm`. */
  readonly profile?: Profile | undefined
  /**
   * The latency from one host to another, in one direction. It does not apply within a host. Default: the latency of
   * the profile.
   */
  readonly latency?: Duration.DurationInput | Distribution | undefined
  /**
   * The most bytes that may be in flight or unread, in each direction of a connection. The number is rounded down.
   * Values from 0 to 1 count as 1. Default: 256 KiB.
   */
  readonly window?: number | undefined
}

/**
 * Options of a host.
 *
 * @since 0.1.0
 * @category options
 */
export interface HostOptions {
  /**
   * The addresses of the host, as IP literals. The host also has the loopback addresses. A text that is not an IP
   * literal is a defect. Default: one IPv4 and one IPv6 address that no other host has, such as `10.0.0.1` and
   * `fd00::1` for the first host.
   */
  readonly addresses?: ReadonlyArray<string> | undefined
  /**
   * The most sockets that the host may have at the same time. Listeners count, and so do connections that wait to be
   * accepted. Beyond that, a connect or listen on the host fails with `TooManyOpenFiles`, and a connection to the host
   * is reset. Default: no limit.
   */
  readonly descriptors?: number | undefined
}

/**
 * Options of a run.
 *
 * @since 0.1.0
 * @category options
 */
export interface RunOptions extends Options {
  /**
   * What a run does when every fiber waits and nothing is scheduled. If `strict` is true, the run is a deadlock after
   * 4096 rounds of promises. If `strict` is false, the run waits one more second of real time, because a file or a
   * process may still wake a fiber. Default: false.
   */
  readonly strict?: boolean | undefined
}

/**
 * Options of `checkDeterminism`.
 *
 * @since 0.1.0
 * @category options
 */
export interface CheckOptions extends RunOptions {
  /**
   * What is compared of the bytes that were sent. Default: `"contents"`.
   * - `"contents"`: the bytes themselves, by checksums.
   * - `"sizes"`: only their number. Use it for programs with TLS: a handshake has random bytes, so the contents differ
   *   in each run. The sizes are the same with the default certificates of `TestCertificates`, which are Ed25519.
   */
  readonly compare?: "contents" | "sizes" | undefined
}

export interface WorldSettings {
  readonly seed: number
  /** The most bytes that may be in flight or unread, in each direction of a connection. */
  readonly window: number
  /** The links from one host to another. */
  readonly between: Quality
  /** The links from a host to itself. */
  readonly within: Quality
  readonly fragments: Fragments["how"]["current"]
}

export const latencyOf = (latency: Duration.DurationInput | Distribution, option = "latency"): Distribution =>
  typeof latency === "object" && latency !== null && "_tag" in latency ? latency : constant(millis(option, latency))

export const worldSettings = ({ latency, profile, seed, window }: Options): WorldSettings => {
  const weather = profiles[oneOf("profile", profile, ["calm", "lan", "wan", "awful"]) ?? "calm"]
  return {
    seed: seedOf(seed),
    window: count("window", window, 256 * 1024, 1),
    between: latency === undefined ? weather : { ...weather, latency: latencyOf(latency) },
    within: weather,
    fragments: weather.fragments ?? "as it comes"
  }
}
