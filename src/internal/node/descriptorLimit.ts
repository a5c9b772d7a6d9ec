/**
 * How many descriptors this process may have open, and has: as Linux tells.
 *
 * @internal
 */
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Driver } from "../connect/index.ts"

/** The soft limit of a line such as `Max open files            1024                 1048576              files`. */
export const softLimit = (limits: string): number | undefined => {
  const [, soft] = /^Max open files +(\d+|unlimited) /m.exec(limits) ?? []
  return soft === undefined ? undefined : soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft)
}

export const descriptors: NonNullable<Driver["descriptors"]> = Effect.sync(() => {
  try {
    const limit = softLimit(fs.readFileSync("/proc/self/limits", "utf8"))
    // The one that lists them is among them.
    const open = fs.readdirSync("/proc/self/fd").length - 1
    return limit === undefined ? Option.none() : Option.some({ limit, open })
  } catch {
    return Option.none()
  }
})
