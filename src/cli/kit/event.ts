/**
 * Reports events on stderr while a command runs: as one line for a person, or, with `--json`, as one JSON object per
 * line for a program. Stdout carries only the data of the command.
 */
import * as Effect from "effect/Effect"
import * as escape from "./escape.ts"
import { Output, type Service } from "./output.ts"

export interface Watching {
  /** True to report details too (`-v`). */
  readonly verbose: boolean
  /** True to report as JSON, with the details (`--json`). */
  readonly json: boolean
}

export interface Event {
  readonly event: string
  /**
   * A field of the event. A duration is in milliseconds, and its field is `millis`. The address of a peer or listener
   * is in the format of `SocketAddress.format`, or `unknown`.
   */
  readonly [field: string]: unknown
}

/** Formats an event as one line that is safe on a terminal. */
export const json = (event: Event): string => escape.json(JSON.stringify(event))

export interface Teller {
  /** Writes an event to stderr: as JSON with `--json`, otherwise as `text`. Waits until the line is written. */
  readonly tell: (event: Event, text: string) => Effect.Effect<void>
  /**
   * Writes an event to stderr, as `tell` does, but only with `-v` or `--json`. Does not wait for the write, so a slow
   * stderr does not slow the connection.
   */
  readonly detail: (event: Event, text: string) => Effect.Effect<void>
}

const tellerOn = (output: Service, { json: asJson, verbose }: Watching): Teller => {
  const lineOf = (event: Event, text: string) => (asJson ? json(event) : text)
  return {
    tell: (event, text) => output.note(lineOf(event, text)),
    detail: (event, text) => (asJson || verbose ? Effect.sync(() => output.noteSoon(lineOf(event, text))) : Effect.void)
  }
}

export const teller = (watching: Watching): Effect.Effect<Teller, never, Output> =>
  Effect.map(Output, output => tellerOn(output, watching))
