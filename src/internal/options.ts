/**
 * What a caller left out.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import type * as Network from "../Network.ts"

export const streamOptions = (options: Network.ConnectionOptions | undefined): Network.StreamOptions => ({
  noDelay: options?.noDelay ?? true,
  // Not a number, or none at all, must not mean "without limit".
  highWaterMark: Math.max(1, options?.highWaterMark ?? 128 * 1024) || 1,
  closeGrace: Duration.toMillis(options?.closeGrace ?? "1 second")
})

export const connectTimeout = (options: Network.ConnectOptions | undefined): Duration.Duration =>
  Duration.decode(options?.timeout ?? "30 seconds")

export const listenOptions = (options: Network.ListenOptions | undefined): Network.BoundOptions => ({
  ...streamOptions(options),
  backlog: options?.backlog ?? 511,
  acceptQueue: options?.acceptQueue ?? 128
})
