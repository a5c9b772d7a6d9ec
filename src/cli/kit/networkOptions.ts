/**
 * The options that commands of the network share, and the values that they are parsed to. A command puts them into its
 * own groups of options, and calls `read` on the parsed values.
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

/** The values of a command that listens. */
export interface Listening extends Words, Watching {
  /** How long no byte may move. Default: no timeout. */
  readonly idle: Option.Option<Duration.Duration>
}

/** The values of a command that connects. */
export interface Connecting extends Listening {
  /** How long connecting may take. */
  readonly timeout: Option.Option<Duration.Duration>
}

export const flag = (name: string, help: string): Options.Options<boolean> =>
  Options.boolean(name).pipe(Options.withDescription(help))

export const families = { ipv4: flag("4", "Use IPv4 only"), ipv6: flag("6", "Use IPv6 only") }

/** `verbose` is what `-v` reports. */
export const messages = (verbose: string) => ({
  verbose: flag("v", verbose),
  json: flag("json", "Write messages as JSON to stderr, one object per line, with the details of -v")
})

/** The same for a command whose result is data: then `--json` also concerns stdout. */
export const dataMessages = (verbose: string) => ({
  verbose: flag("v", verbose),
  json: flag("json", "Print the result as JSON, and write messages as JSON to stderr, with the details of -v")
})

/** `help` is what happens to a connection on which no byte moves for this long. */
export const idle = (help: string): Options.Options<Option.Option<Duration.Duration>> =>
  optionValue.timeIfGiven({ name: "idle", help, fallback: "no timeout" })

/** `help` is what may take this long, and `fallback` is the default. */
export const timeout = (help: string, fallback: string): Options.Options<Option.Option<Duration.Duration>> =>
  optionValue.timeIfGiven({ name: "timeout", help, fallback })

/** HOST and PORT. Default: `gethostname()` and 808, as in the lesson. `port` is what PORT may be. */
export const operands = (port: string) => ({
  host: Args.text({ name: "HOST" }).pipe(
    Args.withDescription("Name, IP address or unix:/path (default: the name of this machine)"),
    Args.optional
  ),
  port: Args.text({ name: "PORT" }).pipe(
    Args.withDescription(`${port}; none with unix:/path (default: 808)`),
    Args.optional
  )
})

interface Flags {
  readonly ipv4: boolean
  readonly ipv6: boolean
}

/** Turns `-4` and `-6` into a family, undefined if neither is given. Both together are a usage error. */
export const read = <A extends Flags>({
  ipv4,
  ipv6,
  ...rest
}: A): Either.Either<
  Omit<A, keyof Flags> & { readonly family: Family | undefined },
  ValidationError.ValidationError
> =>
  ipv4 && ipv6
    ? Either.left(ValidationError.invalidValue(HelpDoc.p("use -4 or -6, not both")))
    : Either.right({ ...rest, family: ipv4 ? "IPv4" : ipv6 ? "IPv6" : undefined })
