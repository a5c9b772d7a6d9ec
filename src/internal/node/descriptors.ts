/**
 * The file descriptors of this process: their limit and number, as Linux reports them, and a spare descriptor for
 * accepting.
 *
 * When no descriptor is left, libuv accepts a connection, closes it at once, and does not report that. The client sees
 * a normal end. Therefore the listeners keep one spare descriptor. When no other descriptor is free, the listeners
 * close the spare one, so that one connection can be accepted. If a connection takes the last descriptor, the listener
 * refuses and counts that connection.
 * See docs/DECISIONS.md#a-spare-descriptor-for-accepting.
 *
 * @internal
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Driver } from "../connect/index.ts"
import { acceptReason } from "../error/index.ts"
import { errnoOf } from "./errno.ts"

/**
 * Reads the soft limit from a line such as `Max open files            1024                 1048576              files`.
 */
export const softLimit = (limits: string): number | undefined => {
  const [, soft] = /^Max open files +(\d+|unlimited) /m.exec(limits) ?? []
  return soft === undefined ? undefined : soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft)
}

export const descriptors: NonNullable<Driver["descriptors"]> = Effect.sync(() => {
  try {
    const limit = softLimit(fs.readFileSync("/proc/self/limits", "utf8"))
    // The listed descriptors include the one that reads this list, so 1 is subtracted.
    const open = fs.readdirSync("/proc/self/fd").length - 1
    return limit === undefined ? Option.none() : Option.some({ limit, open })
  } catch {
    return Option.none()
  }
})

/** True if the error means that no descriptor was left, in this process or in the whole system. */
export const isStarved = (error: unknown): boolean => acceptReason(errnoOf(error)) === "TooManyOpenFiles"

/**
 * Returns false if no descriptor is free. The only public way to check this is to open a file, which takes about 5 us.
 */
export const oneIsLeft = (): boolean => {
  try {
    fs.closeSync(fs.openSync(os.devNull, "r"))
    return true
  } catch (error) {
    return !isStarved(error)
  }
}

/** The interval between two checks for free descriptors, in milliseconds of real time. */
const often = 100

/** The number of open listeners of this thread. */
let listeners = 0
/** The spare descriptor. All listeners share it. `undefined` while it is not open. */
let spare: number | undefined
/** The timer that checks for free descriptors. All listeners share it. */
let watch: NodeJS.Timeout | undefined

const take = (): void => {
  try {
    spare ??= fs.openSync(os.devNull, "r")
  } catch {
    // No descriptor is left. The next check tries again.
  }
}

const giveUp = (): void => {
  if (spare !== undefined) fs.closeSync(spare)
  spare = undefined
}

/**
 * Opens the spare descriptor if possible. If then no other descriptor is free, closes the spare one, so that the next
 * connection can be accepted.
 */
const look = (): void => {
  take()
  if (!oneIsLeft()) giveUp()
}

/**
 * Keeps a spare descriptor, if possible, while listeners are open. Called when a listener starts. Returns a function to
 * call when that listener closes.
 */
export const reserve = (): (() => void) => {
  listeners += 1
  if (listeners === 1) {
    watch = setInterval(look, often).unref()
    look()
  }
  return () => {
    listeners -= 1
    if (listeners === 0) {
      clearInterval(watch)
      giveUp()
    }
  }
}
