/**
 * What happens while a command runs, for whoever watches: on stderr, a line for a person, or with `--json` an object on a
 * line of its own for a program. Stdout is left to what the command is for.
 */
import * as Effect from "effect/Effect"
import { Output, type Service } from "./output.ts"

export interface Watching {
  /** Details too. */
  readonly verbose: boolean
  /** As JSON, and then with the details. */
  readonly json: boolean
}

export interface Event {
  readonly event: string
  /** Times are in milliseconds and say so in their name, addresses are as `SocketAddress.format` writes them. */
  readonly [field: string]: unknown
}

/** What JSON leaves as it is, and a terminal would obey: DEL, C1, and the marks that turn the direction of reading. */
const obeyed = /[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** On one line, of characters that are safe on a terminal. */
export const json = (event: Event): string =>
  JSON.stringify(event).replace(obeyed, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)

export interface Teller {
  /** `text` is the same for a person. Waits until it is written. */
  readonly tell: (event: Event, text: string) => Effect.Effect<void>
  /** Only for those who want to know: `-v`, and `--json`. It does not hold up what it tells of. */
  readonly detail: (event: Event, text: string) => Effect.Effect<void>
}

export const tellerOn = (output: Service, { json: asJson, verbose }: Watching): Teller => {
  const lineOf = (event: Event, text: string) => (asJson ? json(event) : text)
  return {
    tell: (event, text) => output.note(lineOf(event, text)),
    detail: (event, text) => (asJson || verbose ? Effect.sync(() => output.noteSoon(lineOf(event, text))) : Effect.void)
  }
}

export const teller = (watching: Watching): Effect.Effect<Teller, never, Output> =>
  Effect.map(Output, output => tellerOn(output, watching))
