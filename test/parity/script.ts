/**
 * A script: steps that are done on a network. The result of each step is recorded as text, which must be the same on every
 * network.
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

/** Alternative results of a step, by reason, if the operating system itself sometimes gives one and sometimes another. */
export type Either = Readonly<Record<string, string>>

/** The result of a step. */
export interface Line {
  readonly step: string
  readonly answer: string
  readonly either: Either | undefined
}

/** The network on which a script is performed. */
export interface Stage extends TransportUnderTest {
  /** Runs a step and records its result. After a failure it returns undefined. The step has to end. */
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

/** A checksum: two byte strings of the same length with the same checksum are almost certainly equal. */
const checksum = (bytes: Uint8Array): string =>
  bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 7).toString(36)

const printable = /^[ -~]*$/

const bytesShown = (bytes: Uint8Array): string => {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 100))
  return bytes.length <= 100 && printable.test(text)
    ? JSON.stringify(text)
    : `${bytes.length} bytes (${checksum(bytes)})`
}

/** Fields that are not compared: they differ between networks, or are shown already. */
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

/** A defect is not a result: it is thrown, and ends the script. */
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

/** Makes the function that runs steps and records their results in `lines`. */
export const teller =
  (lines: Array<Line>): Stage["tell"] =>
  (step, effect, either) =>
    Effect.map(Effect.exit(soon(effect, step)), exit => {
      lines.push({ step, answer: exitShown(exit), either })
      return Exit.isSuccess(exit) ? exit.value : undefined
    })
