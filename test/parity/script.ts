/**
 * A script: what is done on a network, step by step. What each step comes to is written down, in words that are the same
 * whatever the network is.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { soon } from "../../src/internal/conformance/kit/expect.ts"
import type { TransportUnderTest } from "../../src/internal/conformance/kit/statement.ts"
import * as Listener from "../../src/Listener.ts"
import type * as Network from "../../src/Network.ts"
import * as Socket from "../../src/Socket.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"

/** Answers of which the system itself gives now one and now another, each by what decides it. */
export type Either = Readonly<Record<string, string>>

/** What came of a step. */
export interface Line {
  readonly step: string
  readonly answer: string
  readonly either: Either | undefined
}

/** Where a script is performed. */
export interface Stage extends TransportUnderTest {
  /** Takes the step, and writes down what comes of it, be it a failure: then it gives nothing. It has to end. */
  readonly tell: <A, E, R>(
    step: string,
    effect: Effect.Effect<A, E, R>,
    either?: Either
  ) => Effect.Effect<A | undefined, never, R>
}

export interface Script {
  readonly title: string
  readonly run: (on: Stage) => Effect.Effect<unknown, unknown, Network.Network | Scope.Scope>
}

/** A number that two byte strings of one length have in common only if they are the same, as good as. */
const checksum = (bytes: Uint8Array): string =>
  bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 7).toString(36)

const printable = /^[ -~]*$/

const bytesShown = (bytes: Uint8Array): string => {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 100))
  return bytes.length <= 100 && printable.test(text)
    ? JSON.stringify(text)
    : `${bytes.length} bytes (${checksum(bytes)})`
}

/** Not to be compared: where it came from, and how long it took. */
const leftOut = new Set(["_tag", "cause", "elapsed", "message", "name", "stack"])

const fieldsShown = (value: object): string =>
  Object.entries(value)
    .filter(([key, field]) => !leftOut.has(key) && field !== undefined)
    .map(([key, field]) => `${key} ${shown(field)}`)
    .join(", ")

export const shown = (value: unknown): string => {
  if (value === undefined) return "done"
  if (value instanceof Uint8Array) return bytesShown(value)
  if (Option.isOption(value)) return Option.match(value, { onNone: () => "none", onSome: shown })
  if (Exit.isExit(value)) return exitShown(value)
  if (Socket.isSocket(value)) return `${shown(value.localAddress)} > ${shown(value.remoteAddress)}`
  if (Listener.isListener(value)) return shown(value.address)
  if (SocketAddress.isSocketAddress(value)) return SocketAddress.format(value)
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`
  if (value instanceof Error)
    return `${"_tag" in value ? value._tag : value.name}: ${value.message} {${fieldsShown(value)}}`
  return typeof value === "object" && value !== null ? `{${fieldsShown(value)}}` : String(value)
}

/** A defect is never an answer: it ends the script. */
const exitShown = (exit: Exit.Exit<unknown, unknown>): string =>
  Exit.match(exit, {
    onFailure: cause =>
      Option.match(Cause.failureOption(cause), {
        onNone: () => {
          if (Cause.isInterruptedOnly(cause)) return "interrupted"
          throw Cause.squash(cause)
        },
        onSome: shown
      }),
    onSuccess: shown
  })

/** The steps of a script write here. */
export const teller =
  (lines: Array<Line>): Stage["tell"] =>
  (step, effect, either) =>
    Effect.map(Effect.exit(soon(effect, step)), exit => {
      lines.push({ step, answer: exitShown(exit), either })
      return Exit.isSuccess(exit) ? exit.value : undefined
    })
