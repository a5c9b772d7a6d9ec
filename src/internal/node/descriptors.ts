/**
 * The descriptors of this process: how many there may be, as Linux tells, and the last one, which is kept for accepting.
 *
 * When descriptors run out, libuv accepts connections and closes them at once, and tells nobody: to its peer each of
 * them looks served. So while anything listens the last descriptor is kept for accepting: a connection that takes it is
 * turned away, and counted.
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

/** Whether an error of accepting is for want of descriptors, of this process or of the whole system. */
export const isStarved = (error: unknown): boolean => acceptReason(errnoOf(error)) === "TooManyOpenFiles"

/** Whether there is one left: the only public way to know is to open something. It takes about 5 us. */
export const oneIsLeft = (): boolean => {
  try {
    fs.closeSync(fs.openSync(os.devNull, "r"))
    return true
  } catch (error) {
    return !isStarved(error)
  }
}

/** How soon it is noticed that others took all descriptors, in milliseconds of real time. */
const often = 100

/** Those who listen, and what they hold together: a descriptor to give up when all others are taken. */
let listeners = 0
let spare: number | undefined
let watch: NodeJS.Timeout | undefined

const take = (): void => {
  try {
    spare ??= fs.openSync(os.devNull, "r")
  } catch {
    // There is none to be had now.
  }
}

const giveUp = (): void => {
  if (spare !== undefined) fs.closeSync(spare)
  spare = undefined
}

/** Where files or connections of our own have taken all there were, the next to be accepted finds the spare one. */
const look = (): void => {
  take()
  if (!oneIsLeft()) giveUp()
}

/** To be called by whoever begins to listen; what it gives, by whoever has ended. */
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
