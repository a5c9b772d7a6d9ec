/**
 * Makes the text of `--help` from the definitions that the parser also reads. Headings are bold. `output.ts` removes
 * the styles if stdout does not support them. Pure. See docs/DECISIONS.md#the-program-prints-its-own-help.
 */
import * as Args from "@effect/cli/Args"
import type * as HelpDoc from "@effect/cli/HelpDoc"
import type * as Span from "@effect/cli/HelpDoc/Span"
import * as Options from "@effect/cli/Options"
import type * as Usage from "@effect/cli/Usage"
import * as Option from "effect/Option"
import { type BuiltIn, builtIns } from "./builtIns.ts"
import { type Definition, type Definitions, nameOf, type Row } from "./definition.ts"

/**
 * The least number of columns for an explanation beside its term. If there are fewer, the explanation begins on the
 * next line.
 */
const narrow = 24

const bold = (heading: string): string => `\x1b[1m${heading}\x1b[0m`

/** Breaks text into lines at its spaces, but not between `(default:` and the value. */
const wrap = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.replaceAll("(default: ", "(default:\u00a0").split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else {
      line = line === "" ? word : `${line} ${word}`
    }
  }
  return [...lines, line].map(line => line.replaceAll("\u00a0", " "))
}

/** Formats a term and its explanation. The explanation begins at `column` if there is room. */
const formatRow = ([term, text]: Row, column: number, width: number): ReadonlyArray<string> => {
  if (width - column < narrow) return [`  ${term}`, ...wrap(text, width - 6).map(line => `      ${line}`)]
  const [first, ...rest] = wrap(text, width - column)
  return [`  ${term}`.padEnd(column) + first, ...rest.map(line => " ".repeat(column) + line)]
}

const columnOf = (rows: ReadonlyArray<Row>): number => Math.max(0, ...rows.map(([term]) => term.length)) + 4

const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : ["", bold(`${title}:`), ...lines]

const list = (title: string, rows: ReadonlyArray<Row>, width: number, column = columnOf(rows)): ReadonlyArray<string> =>
  section(
    title,
    rows.flatMap(row => formatRow(row, column, width))
  )

/**
 * Formats an example: a comment, and its command lines. A long command line continues after a backslash, so that a
 * person can still copy it.
 */
const example = ([what, ...lines]: Definition["examples"][number], width: number): ReadonlyArray<string> => [
  ...wrap(what, width - 4).map(line => `  # ${line}`),
  ...lines.flatMap(line =>
    wrap(line.replace(" &", "\u00a0&"), width - 6)
      .join(" \\\n    ")
      .replace(/^/, "  ")
      .split("\n")
  )
]

const textOfSpan = (span: Span.Span): string => {
  switch (span._tag) {
    case "Text":
    case "URI":
      return span.value
    case "Sequence":
      return textOfSpan(span.left) + textOfSpan(span.right)
    default:
      return textOfSpan(span.value)
  }
}

const paragraphs = (doc: HelpDoc.HelpDoc): ReadonlyArray<string> => {
  switch (doc._tag) {
    case "Paragraph":
      return [textOfSpan(doc.value)]
    case "Sequence":
      return [...paragraphs(doc.left), ...paragraphs(doc.right)]
    case "DescriptionList":
      return doc.definitions.flatMap(([, definition]) => paragraphs(definition))
    default:
      return []
  }
}

/**
 * Returns the description of an option or argument. The help of `@effect/cli` has three paragraphs for each: the type
 * of the value, the description, and whether the option or argument is optional.
 */
const descriptionOf = (doc: HelpDoc.HelpDoc): string => paragraphs(doc)[1] ?? ""

const termOf = (usage: Usage.Usage): string => {
  switch (usage._tag) {
    case "Optional":
    case "Repeated":
      return termOf(usage.usage)
    case "Named":
      return [usage.names.join(", "), ...Option.toArray(usage.acceptedValues)].join(" ")
    default:
      return ""
  }
}

const optionRow = (option: Options.Options<unknown>): Row => [
  termOf(Options.getUsage(option)),
  descriptionOf(Options.getHelp(option))
]

const builtInRow = ({ help, names, placeholder }: BuiltIn): Row => [
  [names.join(", "), ...(placeholder === undefined ? [] : [placeholder])].join(" "),
  help
]

const operandUsage = (operand: Args.Args<unknown>): string =>
  Args.getMinSize(operand) === 0 ? `[${nameOf(operand)}]` : nameOf(operand)

/** Returns the first lines of a help text: the summary and the usage. */
const opening = (summary: string, usage: string, width: number): ReadonlyArray<string> => {
  const [first, ...rest] = wrap(`Usage: ${usage}`, width - 2)
  return [...wrap(summary, width), "", first!.replace("Usage:", bold), ...rest.map(line => `  ${line}`)]
}

/** Returns the last lines of a help text: the examples and the exit codes. */
const ending = ({ examples, exitCodes }: Definition, width: number): ReadonlyArray<string> => [
  ...section(
    "Examples",
    examples.flatMap(one => example(one, width))
  ),
  ...list("Exit codes", exitCodes, width)
]

const joined = (lines: ReadonlyArray<string>): string => `${lines.join("\n")}\n`

/** Returns the help of a command. `name` is the command as a person types it, with the name of the program. */
export const ofCommand = (name: string, definition: Definition, width: number): string => {
  const { glossary, groups, operands, summary } = definition
  const words = Object.values(operands)
  const sections: ReadonlyArray<readonly [title: string, rows: ReadonlyArray<Row>]> = [
    ["Arguments", words.map(operand => [nameOf(operand), descriptionOf(Args.getHelp(operand))])],
    ...Object.entries(groups).map(([title, options]) => [title, Object.values(options).map(optionRow)] as const),
    ["Other options", builtIns.filter(({ isOfProgram }) => !isOfProgram).map(builtInRow)]
  ]
  const column = columnOf(sections.flatMap(([, rows]) => rows))
  return joined([
    ...opening(summary, [name, "[OPTIONS]", ...words.map(operandUsage)].join(" "), width),
    ...sections.flatMap(([title, rows]) => list(title, rows, width, column)),
    ...(glossary === undefined ? [] : list(glossary.title, glossary.rows, width)),
    ...ending(definition, width)
  ])
}

/** Returns the help of the program: its commands, and the options that `@effect/cli` adds. */
export const ofProgram = (name: string, definition: Definition, commands: Definitions, width: number): string =>
  joined([
    ...opening(definition.summary, `${name} [COMMAND] [OPTIONS]`, width),
    ...list(
      "Commands",
      Object.entries(commands).map(([command, { summary }]) => [command, summary.replace(/\.$/, "")]),
      width
    ),
    ...list("Options", builtIns.map(builtInRow), width),
    ...ending(definition, width)
  ])
