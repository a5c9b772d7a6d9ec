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
): Effect.Effect<A, E, R | Output> =>
  Effect.flatMap(Output, ({ status }) =>
    Option.match(status, {
      onNone: () => self,
      onSome: status =>
        Effect.flatMap(Clock.currentTimeMillis, began => {
          const recent: Array<progress.Sample> = [{ sent: 0, received: 0, millis: 0 }]
          const show = Effect.map(Clock.currentTimeMillis, now => {
            const sample = { ...moved, millis: now - began }
            const before = recent.length > samples ? recent.shift()! : recent[0]!
            recent.push(sample)
            status.show(progress.line(sample, before, size, status.columns()))
          })
          const again = Effect.forever(Effect.zipRight(show, Effect.sleep(every)))
          return Effect.raceFirst(self, again).pipe(Effect.ensuring(Effect.zipRight(show, Effect.sync(status.keep))))
        })
    })
  )
