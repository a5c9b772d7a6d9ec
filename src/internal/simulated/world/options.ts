/**
 * What can be said of a world, of a host in it, and of a run. Public as part of `SimulatedNetwork`.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import { constant, type Distribution, type Fragments, type Profile, profiles, type Quality } from "../link/index.ts"

/**
 * @since 0.1.0
 * @category options
 */
export interface Options {
  /**
   * What all chance of the world comes from, 0 by default: the same seed gives the same losses and latencies. Of `run` it
   * is that of the program's Random too.
   */
  readonly seed?: number | undefined
  /** What it is like: `calm` by default. It holds within a host as well, so that a world of one host has it. */
  readonly profile?: Profile | undefined
  /** How long it takes from one host to another, one way: as the profile has it by default. Not within a host. */
  readonly latency?: Duration.DurationInput | Distribution | undefined
  /** How many bytes may be on their way or unread, in each direction of a connection, one at least: 256 KiB by default. */
  readonly window?: number | undefined
}

/**
 * @since 0.1.0
 * @category options
 */
export interface HostOptions {
  /**
   * IP literals, besides those of the loopback; what is none is a defect. By default one of each family that no other
   * host has: `10.0.0.1` and `fd00::1` for the first.
   */
  readonly addresses?: ReadonlyArray<string> | undefined
  /**
   * How many sockets it may have at a time, listeners and connections that nobody has accepted yet among them: as many as
   * it likes by default. Beyond that it is `TooManyOpenFiles`, and what is connected to it is reset.
   */
  readonly descriptors?: number | undefined
}

/**
 * @since 0.1.0
 * @category options
 */
export interface RunOptions extends Options {
  /**
   * When every fiber waits and there is no time left to wait for, it is a deadlock at once (some thousand rounds of
   * promises later). By default something real, a file or a process, is given a second of real time to come back.
   */
  readonly strict?: boolean | undefined
}

export interface WorldSettings {
  readonly seed: number
  /** How many bytes may be on their way or unread, in each direction of a connection. */
  readonly window: number
  /** From one host to another. */
  readonly between: Quality
  /** From a host to itself. */
  readonly within: Quality
  readonly fragments: Fragments["how"]["current"]
}

export const latencyOf = (latency: Duration.DurationInput | Distribution): Distribution =>
  typeof latency === "object" && "_tag" in latency ? latency : constant(Duration.toMillis(latency))

export const worldSettings = ({ latency, profile, seed, window }: Options): WorldSettings => {
  const weather = profiles[profile ?? "calm"]
  return {
    seed: seed ?? 0,
    window: Math.max(1, Math.floor(window ?? 256 * 1024)) || 1,
    between: latency === undefined ? weather : { ...weather, latency: latencyOf(latency) },
    within: weather,
    fragments: weather.fragments ?? "as it comes"
  }
}
