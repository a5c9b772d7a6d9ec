/**
 * The kinds of value that our options take: a time, a number of bytes, an encoding. What is none is refused while the
 * command line is read, with what would do.
 */
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Encoding from "../../Encoding.ts"

/** How an option is called, what it is for, and what it is when it is left out. */
export interface Description {
  readonly name: string
  readonly help: string
  readonly fallback: string
}

const millis = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/** `250ms`, `1.5s`, `2m`, `1h`; more than nothing. */
export const parseTime = (text: string): Option.Option<Duration.Duration> => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  const time = Number(amount) * millis[unit as keyof typeof millis]
  return time > 0 && Number.isFinite(time) ? Option.some(Duration.millis(time)) : Option.none()
}

/** `1024`: a positive safe integer in digits. */
export const parseBytes = (text: string): Option.Option<number> =>
  /^[1-9]\d*$/.test(text) && Number.isSafeInteger(Number(text)) ? Option.some(Number(text)) : Option.none()

const text = (name: string, kind: string, help: string): Options.Options<string> =>
  Options.text(name).pipe(Options.withPseudoName(kind), Options.withDescription(help))

const parsed = <A>(name: string, parse: (text: string) => Option.Option<A>, expected: string) =>
  Options.mapEffect<string, A>(text =>
    Effect.mapError(parse(text), () =>
      ValidationError.invalidValue(HelpDoc.p(`--${name} ${JSON.stringify(text)}: ${expected}`))
    )
  )

const option = <A>(
  { fallback, help, name }: Description,
  kind: string,
  parse: (text: string) => Option.Option<A>,
  expected: string
): Options.Options<A> =>
  text(name, kind, `${help} (${fallback})`).pipe(Options.withDefault(fallback), parsed(name, parse, expected))

const timeExpected = "a time is a number and ms, s, m or h, such as 250ms or 10s"

export const time = (description: Description): Options.Options<Duration.Duration> =>
  option(description, "TIME", parseTime, timeExpected)

/** A time that means something else where it is left out, which its help says. */
export const timeIfGiven = ({
  help,
  name
}: Omit<Description, "fallback">): Options.Options<Option.Option<Duration.Duration>> =>
  text(name, "TIME", help).pipe(parsed(name, parseTime, timeExpected), Options.optional)

export const bytes = (description: Description): Options.Options<number> =>
  option(description, "BYTES", parseBytes, "a number of bytes is a positive whole number, such as 1024")

/** How many of something. */
export const count = (description: Description): Options.Options<number> =>
  option(description, "N", parseBytes, "a positive whole number goes here, such as 10")

/** Not `Options.choice`: its error does not say which option it is about. */
export const encoding = (description: Description): Options.Options<Encoding.Encoding> =>
  option(
    description,
    "utf-8|ascii|latin1",
    Option.liftPredicate(Encoding.isEncoding),
    "an encoding is utf-8, ascii or latin1"
  )

/** One of a few words. */
export const oneOf = <const A extends string>({
  values,
  ...description
}: Description & { readonly values: ReadonlyArray<A> }): Options.Options<A> =>
  option(
    description,
    values.join("|"),
    text => Option.fromNullable(values.find(value => value === text)),
    `it is one of ${values.join(", ")}`
  )
