/**
 * The kinds of values that options take, such as a time, a number of bytes, an encoding, or one of a few words. A wrong
 * value is a usage error. Its message says which values are valid.
 */
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Arr from "effect/Array"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Encoding from "../../Encoding.ts"
import * as SocketAddress from "../../SocketAddress.ts"

/** The name of an option, and its texts for the help. */
export interface Description {
  /** The name of the option, without dashes. */
  readonly name: string
  readonly help: string
  /** The default, as the help shows it. */
  readonly fallback: string
}

const millis = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/**
 * Parses `250ms`, `1.5s`, `2m` or `1h`. Returns none for any other text, for a time of 0, and for a time that is too
 * large for a number.
 */
export const parseTime = (text: string): Option.Option<Duration.Duration> => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  const time = Number(amount) * millis[unit as keyof typeof millis]
  return time > 0 && Number.isFinite(time) ? Option.some(Duration.millis(time)) : Option.none()
}

/**
 * Parses a positive whole number without leading zeros, such as `1024`. Returns none for any other text, and for a
 * number above `Number.MAX_SAFE_INTEGER`.
 */
export const parseBytes = (text: string): Option.Option<number> =>
  /^[1-9]\d*$/.test(text) && Number.isSafeInteger(Number(text)) ? Option.some(Number(text)) : Option.none()

const text = ({ fallback, help, name }: Description, kind: string): Options.Options<string> =>
  Options.text(name).pipe(Options.withPseudoName(kind), Options.withDescription(`${help} (default: ${fallback})`))

const parsed = <A>(name: string, parse: (text: string) => Option.Option<A>, expected: string) =>
  Options.mapEffect<string, A>(text =>
    Effect.mapError(parse(text), () =>
      ValidationError.invalidValue(HelpDoc.p(`--${name} ${JSON.stringify(text)}: ${expected}`))
    )
  )

const option = <A>(
  description: Description,
  kind: string,
  parse: (text: string) => Option.Option<A>,
  expected: string
): Options.Options<A> =>
  text(description, kind).pipe(Options.withDefault(description.fallback), parsed(description.name, parse, expected))

const timeExpected = "use a number and a unit (ms, s, m or h), such as 250ms or 10s"

export const time = (description: Description): Options.Options<Duration.Duration> =>
  option(description, "TIME", parseTime, timeExpected)

/**
 * An option for a time. If the option is not given, its value is none, and the command chooses the default. `fallback`
 * only describes that default in the help.
 */
export const timeIfGiven = (description: Description): Options.Options<Option.Option<Duration.Duration>> =>
  text(description, "TIME").pipe(parsed(description.name, parseTime, timeExpected), Options.optional)

/** An option for a text that has no default. `kind` is the name of the value in the help. */
export const textIfGiven = (description: Description, kind: string): Options.Options<Option.Option<string>> =>
  Options.optional(text(description, kind))

/** Accepts any text of 1 to 253 characters without white space and NUL. It may be a host name or an IP address. */
const parseName = Option.liftPredicate((text: string) => /^[^\s\0]{1,253}$/.test(text))

/** An option for a host name or an IP address that has no default. */
export const name = (description: Description): Options.Options<Option.Option<string>> =>
  text(description, "NAME").pipe(
    parsed(description.name, parseName, "use a host name or an IP address"),
    Options.optional
  )

/** Accepts an IP address. A link-local address may have a zone. */
const parseIp = Option.liftPredicate((text: string) => Either.isRight(SocketAddress.inet(text, 0)))

/** An option for an IP address that has no default. */
export const address = (description: Description): Options.Options<Option.Option<string>> =>
  text(description, "ADDRESS").pipe(
    parsed(description.name, parseIp, "use an IP address, such as 192.0.2.7 or fe80::1%eth0"),
    Options.optional
  )

/** An option for a port from 1 to 65535 that has no default. */
export const portIfGiven = (description: Description): Options.Options<Option.Option<number>> =>
  text(description, "PORT").pipe(
    parsed(description.name, text => Option.filter(parseBytes(text), port => port <= 65_535), "use 1 to 65535"),
    Options.optional
  )

const isProtocol = (name: string): boolean => /^[\x21-\x7e]{1,255}$/.test(name)

/** Parses a list of application protocols, such as `h2,http/1.1`. */
export const parseProtocols = (text: string): Option.Option<Arr.NonEmptyReadonlyArray<string>> =>
  Option.filter(Option.liftPredicate(Arr.isNonEmptyReadonlyArray<string>)(text.split(",")), Arr.every(isProtocol))

/** An option for a list of application protocols that has no default. */
export const protocols = (
  description: Description
): Options.Options<Option.Option<Arr.NonEmptyReadonlyArray<string>>> =>
  text(description, "LIST").pipe(
    parsed(description.name, parseProtocols, "use names separated by commas, such as h2,http/1.1"),
    Options.optional
  )

export const bytes = (description: Description): Options.Options<number> =>
  option(description, "BYTES", parseBytes, "use a positive whole number of bytes, such as 1024")

/** An option for a positive number, such as a number of ports. */
export const count = (description: Description): Options.Options<number> =>
  option(description, "N", parseBytes, "use a positive whole number, such as 10")

/** An option for an encoding. `Options.choice` is not used, because its error does not name the option. */
export const encoding = (description: Description): Options.Options<Encoding.Encoding> =>
  option(description, "ENCODING", Option.liftPredicate(Encoding.isEncoding), "use utf-8, ascii or latin1")

/** An option for one of a few words. `kind` is the name of the value in the help. */
export const oneOf = <const A extends string>({
  kind,
  values,
  ...description
}: Description & { readonly kind: string; readonly values: ReadonlyArray<A> }): Options.Options<A> =>
  option(
    description,
    kind,
    text => Option.fromNullable(values.find(value => value === text)),
    `use one of ${values.join(", ")}`
  )
