/**
 * Shows on a terminal how far something has come, while it runs.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Output } from "./output.ts"
import * as progress from "./progress.ts"

/** Counted by whoever moves them, in bytes. */
export interface Moved {
  sent: number
  received: number
}

const every = "250 millis"

/** The rate is that of the last 5 seconds. */
const samples = 20

/** Runs it, and where stderr is a terminal shows what was moved: four times a second, and at the end, however it ends. */
export const showing = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  moved: Moved,
  size: Option.Option<number>
): Effect.Effect<A, E, R | Output> => {
  const recent: Array<progress.Sample> = [{ sent: 0, received: 0, millis: 0 }]
  return shown(self, (millis, columns) => {
    const sample = { ...moved, millis }
    const before = recent.length > samples ? recent.shift()! : recent[0]!
    recent.push(sample)
    return progress.line(sample, before, size, columns)
  })
}

/** The same with a line of one's own, of the time since the beginning and the columns of the terminal. */
export const shown = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  line: (millis: number, columns: number) => string
): Effect.Effect<A, E, R | Output> =>
  Effect.flatMap(Output, ({ status }) =>
    Option.match(status, {
      onNone: () => self,
      onSome: status =>
        Effect.flatMap(Clock.currentTimeMillis, began => {
          const show = Effect.map(Clock.currentTimeMillis, now => status.show(line(now - began, status.columns())))
          const again = Effect.forever(Effect.zipRight(show, Effect.sleep(every)))
          return Effect.raceFirst(self, again).pipe(Effect.ensuring(Effect.zipRight(show, Effect.sync(status.keep))))
        })
    })
  )
