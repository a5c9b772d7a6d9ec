/**
 * Puts the words of a command line into an order that `@effect/cli` reads correctly. `@effect/cli` treats an unknown
 * option as an operand, and does not see `--help` after an operand. So this file first separates options from operands.
 * It uses the definitions that `@effect/cli` uses too. `@effect/cli` still parses values, applies defaults, and
 * provides completions and the wizard.
 */
import * as Args from "@effect/cli/Args"
import * as Options from "@effect/cli/Options"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { builtIns, type Value } from "./builtIns.ts"
import { type Definition, type Definitions, nameOf, optionsOf } from "./definition.ts"
import { didYouMean } from "./didYouMean.ts"
import { UsageError } from "./exitCode.ts"

const valuesOfBuiltIns: ReadonlyArray<readonly [name: string, value: Value]> = builtIns.flatMap(({ names, value }) =>
  names.map(name => [name, value] as const)
)

/** Returns the options of a command and those of `@effect/cli`, by name. */
const known = (definition: Definition | undefined): ReadonlyMap<string, Value> =>
  new Map<string, Value>([
    ...(definition === undefined ? [] : optionsOf(definition)).flatMap(option =>
      Option.toArray(Options.getIdentifier(option)).map(name => [name, !Options.isBool(option)] as const)
    ),
    ...valuesOfBuiltIns
  ])

/**
 * True if the word looks like an option. A negative integer, such as `-5`, does not. So it is reported as an invalid
 * port and not as an unknown option. The caller checks for the options `-4` and `-6`.
 */
const looksLikeOption = (word: string): boolean => word.length > 1 && word.startsWith("-") && !/^-\d+$/.test(word)

/** Splits `--name=value` into name and value. Any other word is a name without a value. */
const splitOption = (word: string): readonly [name: string, value: string | undefined] => {
  const at = word.indexOf("=")
  return word.startsWith("--") && at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [word, undefined]
}

/** Options that `@effect/cli` handles itself. If one of them is given, `@effect/cli` reads no operands. */
const answered = ["--version", "--wizard", "--completions"] as const

class Words {
  command: string | undefined
  readonly options = new Map<string, string | undefined>()
  readonly operands: Array<string> = []
  private readonly commands: Definitions
  private readonly rest: Array<string>

  constructor(words: ReadonlyArray<string>, commands: Definitions) {
    this.rest = [...words]
    this.commands = commands
  }

  /** Reads the words. Returns the problem, or undefined if there is none. */
  read(): string | undefined {
    while (this.rest.length > 0) {
      const word = this.rest.shift()!
      if (word === "--") {
        this.operands.push(...this.rest.splice(0))
      } else if (looksLikeOption(word) || this.known.has(word)) {
        const problem = this.readOption(...splitOption(word))
        if (problem !== undefined) return problem
      } else if (this.command === undefined && Object.hasOwn(this.commands, word)) {
        this.command = word
      } else {
        this.operands.push(word)
      }
      const [operand] = this.operands
      if (this.command === undefined && operand !== undefined) {
        return `unknown command ${JSON.stringify(operand)}${didYouMean(operand, Object.keys(this.commands))}`
      }
    }
    return this.isAnswered ? undefined : this.countOperands()
  }

  private get definition(): Definition | undefined {
    return this.commands[this.command ?? ""]
  }

  private get known(): ReadonlyMap<string, Value> {
    return known(this.definition)
  }

  private readOption(name: string, given: string | undefined): string | undefined {
    const kind = this.known.get(name)
    if (kind === undefined) return `unknown option ${name}${didYouMean(name, this.known.keys())}`
    if (this.options.has(name)) return `${name} was given twice`
    if (kind === false && given !== undefined) return `${name} takes no value`
    const value = kind === false ? undefined : (given ?? this.rest.shift())
    if (kind !== false && value === undefined) return `${name} needs a value`
    if (typeof kind === "object" && !kind.includes(value!)) {
      return `${name} ${JSON.stringify(value)}: use one of ${kind.join(", ")}`
    }
    this.options.set(name, value)
    return undefined
  }

  private countOperands(): string | undefined {
    const operands = Object.values(this.definition?.operands ?? {})
    const most = operands.reduce((sum, operand) => sum + Args.getMaxSize(operand), 0)
    if (this.operands.length > most) return `unexpected argument ${JSON.stringify(this.operands[most])}`
    const missing = operands.filter(operand => Args.getMinSize(operand) > 0)[this.operands.length]
    return missing === undefined ? undefined : `missing argument: ${nameOf(missing)}`
  }

  get isHelp(): boolean {
    return this.options.has("--help") || this.options.has("-h")
  }

  private get isAnswered(): boolean {
    return this.isHelp || answered.some(name => this.options.has(name))
  }

  /**
   * The words in the order that `@effect/cli` needs: `--log-level`, the command, its options, `--`, the operands. If
   * `--version`, `--wizard` or `--completions` is given, the operands and all other options are left out.
   */
  get inOrder(): ReadonlyArray<string> {
    const command = this.command === undefined ? [] : [this.command]
    for (const name of answered) {
      if (this.options.has(name)) {
        return [...(name === "--wizard" ? command : []), ...words(name, this.options.get(name))]
      }
    }
    const logLevel = this.options.get("--log-level")
    this.options.delete("--log-level")
    const options = Array.from(this.options).flatMap(([name, value]) => words(name, value))
    const operands = this.operands.length === 0 ? [] : ["--", ...this.operands]
    return [...(logLevel === undefined ? [] : ["--log-level", logLevel]), ...command, ...options, ...operands]
  }
}

/**
 * Returns the words of an option: its name and its value. If the value is `--`, returns one word, such as `--eof=--`.
 * Otherwise `@effect/cli` would treat `--` as the start of the operands.
 */
const words = (name: string, value: string | undefined): ReadonlyArray<string> =>
  value === undefined ? [name] : value === "--" ? [`${name}=--`] : [name, value]

/** A command line whose words were checked and put in order. The values are not parsed yet. */
export interface Arranged {
  /** The name of the command. Undefined for the program itself. */
  readonly name: string | undefined
  /** The command as a person types it, with the name of the program. */
  readonly command: string
  /** The words in the order that `@effect/cli` needs. */
  readonly words: ReadonlyArray<string>
  /** True if `--help` or `-h` is given. Then the program only shows the help. */
  readonly help: boolean
  /** True if `--json` is given: messages are written as JSON. */
  readonly json: boolean
  /** True if the wizard asks a person for the options and arguments. */
  readonly wizard: boolean
}

/**
 * Checks the words and puts them in the order that `@effect/cli` needs. Fails if the words have one of the errors that
 * this file can find without parsing values, such as an unknown option.
 */
export const arrange = (
  program: string,
  given: ReadonlyArray<string>,
  commands: Definitions
): Either.Either<Arranged, UsageError> => {
  const words = new Words(given, commands)
  const problem = words.read()
  const command = words.command === undefined ? program : `${program} ${words.command}`
  const { inOrder, isHelp, options } = words
  return problem === undefined
    ? Either.right({
        name: words.command,
        command,
        json: options.has("--json"),
        help: isHelp,
        wizard: !isHelp && options.has("--wizard") && inOrder.at(-1) === "--wizard",
        words: inOrder
      })
    : Either.left(new UsageError({ command, problem }))
}
