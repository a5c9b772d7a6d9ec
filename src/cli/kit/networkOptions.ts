/**
 * The options that commands of the network share, and what they come to. A command spreads `connecting` or `listening`
 * into its own options, and reads them with `read`.
 */
import * as Args from "@effect/cli/Args"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import type * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import type * as Option from "effect/Option"
import type { Watching } from "./event.ts"
import * as optionValue from "./optionValue.ts"
import type { Family, Words } from "./target.ts"

/** What `listening` comes to, with HOST and PORT. */
export interface Listening extends Words, Watching {
  /** How long nothing may come or go. */
  readonly idle: Option.Option<Duration.Duration>
}

/** What `connecting` comes to, with HOST and PORT. */
export interface Connecting extends Listening {
  readonly timeout: Option.Option<Duration.Duration>
}

const flag = (name: string, help: string) => Options.boolean(name).pipe(Options.withDescription(help))

/** For a command with times of its own. */
export const shared = {
  ipv4: flag("4", "IPv4 alone"),
  ipv6: flag("6", "IPv6 alone"),
  verbose: flag("v", "Each step on stderr, and each attempt to connect with its time"),
  json: flag("json", "Messages on stderr as JSON, an object a line, with the details of -v")
}

/** `idle` is what becomes of a connection on which nothing comes or goes for so long. */
export const listening = (idle: string) => ({
  ...shared,
  idle: optionValue.timeIfGiven({ name: "idle", help: `${idle} (no limit)` })
})

/** `timeout` is what it limits, and its default. */
export const connecting = (idle: string, timeout: string) => ({
  ...listening(idle),
  timeout: optionValue.timeIfGiven({ name: "timeout", help: timeout })
})

/** HOST and PORT, where they may be left out: the lesson's, `gethostname()` and 808. */
export const operands = (port: "808 if left out" | "808 if left out; 0 for a free one") => ({
  host: Args.text({ name: "HOST" }).pipe(
    Args.withDescription("A name, an IP address or unix:/path; this machine's name if left out"),
    Args.optional
  ),
  port: Args.text({ name: "PORT" }).pipe(Args.withDescription(`${port}; none with unix:/path`), Args.optional)
})

interface Flags {
  readonly ipv4: boolean
  readonly ipv6: boolean
}

/** `-4` and `-6` as a family. A flag that was not given was not asked for: there is no `-no-4`. */
export const read = <A extends Flags>({
  ipv4,
  ipv6,
  ...rest
}: A): Either.Either<
  Omit<A, keyof Flags> & { readonly family: Family | undefined },
  ValidationError.ValidationError
> =>
  ipv4 && ipv6
    ? Either.left(ValidationError.invalidValue(HelpDoc.p("-4 or -6, not both")))
    : Either.right({ ...rest, family: ipv4 ? "IPv4" : ipv6 ? "IPv6" : undefined })
