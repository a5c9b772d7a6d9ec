/**
 * The options that `@effect/cli` adds to the program and to its commands.
 */
import * as LogLevel from "effect/LogLevel"

/**
 * `true`: the option takes any value. `false`: the option is a flag and takes no value. A list: the option takes one of
 * these values.
 */
export type Value = boolean | ReadonlyArray<string>

export interface BuiltIn {
  readonly names: ReadonlyArray<string>
  readonly value: Value
  /** The name of the value in the help, such as `LEVEL`. */
  readonly placeholder?: string
  readonly help: string
  /** True if the option is for the whole program. The help of a command does not show such an option. */
  readonly isOfProgram: boolean
}

const levels = LogLevel.allLevels.map(level => level._tag.toLowerCase())
const shells = ["sh", "bash", "fish", "zsh"]

export const builtIns: ReadonlyArray<BuiltIn> = [
  { names: ["-h", "--help"], value: false, help: "Show this help", isOfProgram: false },
  { names: ["--wizard"], value: false, help: "Ask for each option and argument, on a terminal", isOfProgram: false },
  {
    names: ["--log-level"],
    value: levels,
    placeholder: "LEVEL",
    help: `Log messages of this level and above: ${levels.join(", ")} (default: info)`,
    isOfProgram: false
  },
  { names: ["--version"], value: false, help: "Print the version", isOfProgram: true },
  {
    names: ["--completions"],
    value: shells,
    placeholder: "SHELL",
    help: `Print a completion script for a shell: ${shells.join(", ")}`,
    isOfProgram: true
  }
]
