/**
 * The options that the commands share, and the types of their parsed values. A command puts the options into its own
 * groups, and calls `read` on the parsed values.
 */
import * as Args from "@effect/cli/Args"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import type * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Watching } from "./event.ts"
import * as optionValue from "./optionValue.ts"
import type { ClientTls, ServerTls } from "./securing.ts"
import type { Family, Words } from "./target.ts"

/** The parsed options and arguments of a command that listens. */
export interface Listening extends Words, Watching {
  /** Idle timeout: how long no byte may move. Default: no timeout. */
  readonly idle: Option.Option<Duration.Duration>
  /** The handshakes with clients. Default: no TLS. */
  readonly serverTls?: ServerTls | undefined
}

/** The parsed options and arguments of a command that connects. */
export interface Connecting extends Listening {
  /** Timeout for connecting, and again for the TLS handshake. Default: 10 seconds. */
  readonly timeout: Option.Option<Duration.Duration>
  /** The handshake with the server. Default: no TLS. */
  readonly clientTls?: ClientTls | undefined
  /** The IP address to connect from. Default: the system chooses. */
  readonly source?: Option.Option<string> | undefined
  /** The local port to connect from. Default: any free port. */
  readonly sourcePort?: Option.Option<number> | undefined
}

export const flag = (name: string, help: string): Options.Options<boolean> =>
  Options.boolean(name).pipe(Options.withDescription(help))

export const families = { ipv4: flag("4", "Use IPv4 only"), ipv6: flag("6", "Use IPv6 only") }

/** The options `-v` and `--json`. `verbose` is the help text of `-v`. */
export const messages = (verbose: string) => ({
  verbose: flag("v", verbose),
  json: flag("json", "Write messages as JSON to stderr, one object per line, with the details of -v")
})

/**
 * The options `-v` and `--json` of a command that prints data, such as `scan`. In such a command, `--json` also changes
 * stdout. `verbose` is the help text of `-v`.
 */
export const dataMessages = (verbose: string) => ({
  verbose: flag("v", verbose),
  json: flag("json", "Print the result as JSON, and write messages as JSON to stderr, with the details of -v")
})

/** The option `--idle`. `help` is its help text. */
export const idle = (help: string): Options.Options<Option.Option<Duration.Duration>> =>
  optionValue.timeIfGiven({ name: "idle", help, fallback: "no timeout" })

/** The option `--timeout`. `help` is its help text. `fallback` is the default as the help shows it. */
export const timeout = (help: string, fallback: string): Options.Options<Option.Option<Duration.Duration>> =>
  optionValue.timeIfGiven({ name: "timeout", help, fallback })

/** The options `--source` and `--source-port`. */
export const sources = {
  source: optionValue.address({
    name: "source",
    help: "Connect from this IP address of this machine",
    fallback: "the system chooses"
  }),
  sourcePort: optionValue.portIfGiven({
    name: "source-port",
    help: "Connect from this local port",
    fallback: "any free port"
  })
}

/** The arguments HOST and PORT. Default: `gethostname()` and 808, as in the lesson. `port` is the help text of PORT. */
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

const refuse = (text: string) => Either.left(ValidationError.invalidValue(HelpDoc.p(text)))

/**
 * Turns `-4` and `-6` into a family, or undefined if neither is given. If both are given, or `--source` has the other
 * family, that is a usage error.
 */
export const read = <A extends Flags & Pick<Connecting, "source">>({
  ipv4,
  ipv6,
  ...rest
}: A): Either.Either<
  Omit<A, keyof Flags> & { readonly family: Family | undefined },
  ValidationError.ValidationError
> => {
  if (ipv4 && ipv6) return refuse("use -4 or -6, not both")
  const source = rest.source && Option.getOrUndefined(rest.source)
  if (ipv4 && source?.includes(":")) return refuse(`-4 and --source ${source} have different families`)
  if (ipv6 && source?.includes(":") === false) return refuse(`-6 and --source ${source} have different families`)
  return Either.right({ ...rest, family: ipv4 ? "IPv4" : ipv6 ? "IPv6" : undefined })
}
