/**
 * The words of a command line, put in the order in which `@effect/cli` reads them right: it takes an option that it
 * does not know for an operand, and does not see `--help` behind one. So options are told from operands here, by
 * the same definitions; values, defaults, help, completions and the wizard remain its own.
 */
import * as Options from "@effect/cli/Options"
import * as Either from "effect/Either"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import { UsageError } from "./exitCode.ts"

/** The options of each command. */
export type Commands = Readonly<Record<string, Readonly<Record<string, Options.Options<unknown>>>>>

/** `true` for an option with a value, `false` for a flag, the values where they are few. */
type Value = boolean | ReadonlyArray<string>

const builtIns: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["--help", false],
  ["-h", false],
  ["--wizard", false],
  ["--version", false],
  ["--completions", ["sh", "bash", "fish", "zsh"]],
  ["--log-level", LogLevel.allLevels.map(level => level._tag.toLowerCase())]
])

const optionsOf = (options: Commands[string] | undefined): ReadonlyMap<string, Value> =>
  new Map<string, Value>(
    Object.values(options ?? {}).flatMap(option =>
      Option.toArray(Options.getIdentifier(option)).map(name => [name, !Options.isBool(option)] as const)
    )
  )

/** A negative number is an operand, and a wrong one; the address will say so. */
const looksLikeOption = (word: string): boolean => word.length > 1 && word.startsWith("-") && !/^-\d+$/.test(word)

/** Splits `--name=value`. */
const splitOption = (word: string): readonly [name: string, value: string | undefined] => {
  const at = word.indexOf("=")
  return word.startsWith("--") && at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [word, undefined]
}

class Words {
  command: string | undefined
  readonly options = new Map<string, string | undefined>()
  readonly operands: Array<string> = []
  private readonly commands: Commands
  private readonly rest: Array<string>

  constructor(words: ReadonlyArray<string>, commands: Commands) {
    this.rest = [...words]
    this.commands = commands
  }

  /** What is wrong with the words, if something is. */
  read(): string | undefined {
    while (this.rest.length > 0) {
      const word = this.rest.shift()!
      if (word === "--") {
        this.operands.push(...this.rest.splice(0))
      } else if (looksLikeOption(word) || this.known(word) !== undefined) {
        const problem = this.readOption(...splitOption(word))
        if (problem !== undefined) return problem
      } else if (this.command === undefined && Object.hasOwn(this.commands, word)) {
        this.command = word
      } else {
        this.operands.push(word)
      }
      if (this.command === undefined && this.operands.length > 0) {
        return `there is no command ${JSON.stringify(this.operands[0])}, only ${Object.keys(this.commands).join(", ")}`
      }
    }
    return undefined
  }

  private known(name: string): Value | undefined {
    return builtIns.get(name) ?? optionsOf(this.commands[this.command ?? ""]).get(name)
  }

  private readOption(name: string, given: string | undefined): string | undefined {
    const known = this.known(name)
    if (known === undefined) return `unknown option ${name}`
    if (this.options.has(name)) return `${name} was given twice`
    if (known === false && given !== undefined) return `${name} takes no value`
    const value = known === false ? undefined : (given ?? this.rest.shift())
    if (known !== false && value === undefined) return `${name} needs a value`
    if (typeof known === "object" && !known.includes(value!)) return `${name} is one of ${known.join(", ")}`
    this.options.set(name, value)
    return undefined
  }

  /** As `@effect/cli` reads it: what it answers itself comes alone, operands come last, behind `--`. */
  get inOrder(): ReadonlyArray<string> {
    const command = this.command === undefined ? [] : [this.command]
    if (this.options.has("--help") || this.options.has("-h")) return [...command, "--help"]
    for (const name of ["--version", "--wizard", "--completions"]) {
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

/** A value that is `--` would be taken for the beginning of the operands, if it stood alone. */
const words = (name: string, value: string | undefined): ReadonlyArray<string> =>
  value === undefined ? [name] : value === "--" ? [`${name}=--`] : [name, value]

/** What is called, as a person would type it, and the words for `@effect/cli`. */
export interface Arranged {
  readonly command: string
  readonly words: ReadonlyArray<string>
  /** Whether messages are to be JSON. */
  readonly json: boolean
  /** Whether a person is to be asked for the rest. */
  readonly wizard: boolean
}

/** Fails with what is wrong with the words, as far as that can be told without a value's meaning. */
export const arrange = (
  program: string,
  given: ReadonlyArray<string>,
  commands: Commands
): Either.Either<Arranged, UsageError> => {
  const words = new Words(given, commands)
  const problem = words.read()
  const command = words.command === undefined ? program : `${program} ${words.command}`
  const { inOrder, options } = words
  return problem === undefined
    ? Either.right({
        command,
        json: options.has("--json"),
        wizard: options.has("--wizard") && inOrder.at(-1) === "--wizard",
        words: inOrder
      })
    : Either.left(new UsageError({ command, problem }))
}
