/**
 * Shows the progress of an effect on a terminal while the effect runs.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Output } from "./output.ts"
import * as progress from "./progress.ts"
import { monotonic } from "./timeout.ts"

/** The numbers of bytes that were moved. The effect whose progress is shown changes them. */
export interface Moved {
  sent: number
  received: number
}

const every = "250 millis"

/**
 * The number of samples for the rate. There are four samples in a second, so the rate is the average of about the last
 * 5 seconds.
 */
const samples = 20

/**
 * Runs an effect. If stderr is a terminal, shows how many bytes were moved. The line is updated four times a second,
 * and once more when the effect succeeds, fails or is interrupted.
 */
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

/**
 * Runs an effect. If stderr is a terminal, shows a line and updates it four times a second. The function `line` returns
 * the line. It gets the milliseconds since the start, and the columns of the terminal.
 */
export const shown = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  line: (millis: number, columns: number) => string
): Effect.Effect<A, E, R | Output> =>
  Effect.flatMap(Output, ({ status }) =>
    Option.match(status, {
      onNone: () => self,
      onSome: status =>
        Effect.flatMap(monotonic, began => {
          const show = Effect.map(monotonic, now => status.show(line(now - began, status.columns())))
          const again = Effect.forever(Effect.zipRight(show, Effect.sleep(every)))
          return Effect.raceFirst(self, again).pipe(Effect.ensuring(Effect.zipRight(show, Effect.sync(status.keep))))
        })
    })
  )
