/**
 * Formats the progress of a pipe as a line for a terminal. Pure.
 */
import * as Option from "effect/Option"

/** The progress at one moment. */
export interface Sample {
  /** The number of bytes that were sent. */
  readonly sent: number
  /** The number of bytes that were received. */
  readonly received: number
  /** The time since the start, in milliseconds. */
  readonly millis: number
}

const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const

/** Formats a number of bytes, such as `512 B` or `1.5 KiB`. */
export const bytes = (count: number): string => {
  const power = Math.min(units.length - 1, count < 1024 ? 0 : Math.floor(Math.log2(count) / 10))
  return power === 0 ? `${Math.floor(count)} B` : `${(count / 1024 ** power).toFixed(1)} ${units[power]}`
}

/** Formats a time, such as `0:05` or `1:02:03`. */
export const clock = (millis: number): string => {
  const seconds = Math.floor(millis / 1000)
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

const two = (n: number): string => String(n).padStart(2, "0")

const barOf = (share: number, width: number): string => {
  const done = Math.floor(share * width)
  return `[${"=".repeat(done)}${done < width ? ">".padEnd(width - done) : ""}]`
}

/**
 * Formats bytes, rate and time. If the number of bytes to send is known and not 0, adds the percentage. Also adds a bar
 * if there is room, and the time that is left if bytes were sent since `before`. The rate is the average since
 * `before`.
 */
export const line = (now: Sample, before: Sample, size: Option.Option<number>, columns: number): string => {
  const seconds = Math.max(0.001, (now.millis - before.millis) / 1000)
  const rate = (now.sent + now.received - before.sent - before.received) / seconds
  const text = `${bytes(now.sent)} sent, ${bytes(now.received)} received, ${bytes(rate)}/s, ${clock(now.millis)}`
  if (Option.isNone(size) || size.value === 0) return text.slice(0, columns - 1)
  const share = Math.min(1, now.sent / size.value)
  const sending = (now.sent - before.sent) / seconds
  const left = sending > 0 ? `, ${clock(((size.value - Math.min(size.value, now.sent)) / sending) * 1000)} left` : ""
  const tail = ` ${String(Math.floor(share * 100)).padStart(3)}% ${text}${left}`
  const width = Math.min(40, columns - 3 - tail.length)
  return (width > 4 ? barOf(share, width) + tail : tail.trimStart()).slice(0, columns - 1)
}
