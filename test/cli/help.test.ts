/** The help of the program and of its commands. */
import * as BuiltInOptions from "@effect/cli/BuiltInOptions"
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import type * as Usage from "@effect/cli/Usage"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as HashSet from "effect/HashSet"
import { commands, definitions } from "../../src/cli/commands/index.ts"
import { builtIns } from "../../src/cli/kit/builtIns.ts"
import { arrange } from "../../src/cli/kit/commandLine.ts"
import * as escape from "../../src/cli/kit/escape.ts"
import { helpOf } from "../../src/cli/program.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import { runOn } from "./inProcess.ts"

const names = Object.keys(definitions)

const textOf = (command: string | undefined, width: number) => escape.unstyled(helpOf(command, width))

/** The names of all options in a usage of `@effect/cli`, that is, of the options that its parser knows. */
const optionsIn = (usage: Usage.Usage): ReadonlyArray<string> => {
  switch (usage._tag) {
    case "Named":
      return usage.names.filter(name => name.startsWith("-"))
    case "Optional":
    case "Repeated":
      return optionsIn(usage.usage)
    case "Concat":
    case "Alternation":
      return [...optionsIn(usage.left), ...optionsIn(usage.right)]
    default:
      return []
  }
}

/** The options that the parser knows for a command, without those of `@effect/cli`. */
const parsed = new Map(
  commands.map(({ descriptor }) => {
    const [name = ""] = HashSet.toValues(CommandDescriptor.getNames<unknown>(descriptor))
    return [name, optionsIn(CommandDescriptor.getUsage<unknown>(descriptor))] as const
  })
)

/** The options that `@effect/cli` adds. */
const added = (() => {
  const { descriptor } = commands[0]
  const usage = CommandDescriptor.getUsage(descriptor)
  return optionsIn(Options.getUsage(BuiltInOptions.builtInOptions(descriptor, usage, HelpDoc.empty)))
})()

/** The options that a help lists. */
const listed = (help: string): ReadonlyArray<string> =>
  Array.from(help.matchAll(/^ {2}(-[\w-]+(?:, -[\w-]+)*)/gm)).flatMap(([, terms = ""]) => terms.split(", "))

describe("the help of each command", () => {
  it.each(names)("%s: has each option of the parser once, and no other", name => {
    const ofProgram = builtIns.filter(({ isOfProgram }) => isOfProgram).flatMap(({ names }) => names)
    const ofCommand = [...(parsed.get(name) ?? []), ...added.filter(option => !ofProgram.includes(option))]
    assert.isAbove(ofCommand.length, 6)
    assert.sameMembers([...listed(textOf(name, 80))], ofCommand)
  })

  it.each(names)("%s: has the name of the program in its usage", name => {
    assert.include(textOf(name, 80), `\nUsage: effect-sockets ${name} [OPTIONS]`)
  })

  it.each(names)("%s: has a description of each option", name => {
    for (const line of textOf(name, 500).match(/^ {2}-.*$/gm) ?? []) assert.match(line, /^ {2}-.* {2,}[A-Z]\S* \S/)
  })

  it.each(names)("%s: has the default of each option with a value", name => {
    const withValue = textOf(name, 500).match(/^ {2}--\S+ [A-Z]+ .*$/gm) ?? []
    assert.isNotEmpty(withValue)
    for (const line of withValue) assert.match(line, /\(default: \S.*\)$/)
  })
})

describe("the help of the program", () => {
  it("has each option that @effect/cli adds once, and no other", () => {
    assert.sameMembers([...listed(textOf(undefined, 80))], [...added])
  })

  it("has each command once", () => {
    const [, list = ""] = /\nCommands:\n([\s\S]*?)\n\n/.exec(textOf(undefined, 80)) ?? []
    assert.deepStrictEqual(
      Array.from(list.matchAll(/^ {2}(\S+)/gm), match => match[1]),
      names
    )
  })
})

describe("every help", () => {
  const all = [undefined, ...names]

  it.each(all)("fits 80 and 40 columns: %s", name => {
    for (const width of [80, 40]) {
      const tooLong = textOf(name, width)
        .split("\n")
        .filter(line => line.length > width)
      assert.deepStrictEqual(tooLong, [])
    }
  })

  it.each(all)("begins with one sentence and ends with examples and exit codes, without filler: %s", name => {
    const text = textOf(name, 80)
    assert.match(text, /^[A-Z][^.]*\.\n\nUsage: [\s\S]*\n\nExamples:\n[\s\S]*\n\nExit codes:\n {2}0 [\s\S]*\n {2}70 /)
    assert.notMatch(text, /user-defined|true or false|this setting/i)
  })

  it.each(all)("has examples that the parser accepts: %s", name => {
    const lines = textOf(name, 200).match(/(?<=^ {2}(?:.* \| )?)effect-sockets.*$/gm) ?? []
    assert.isAtLeast(lines.length, 2)
    for (const line of lines) {
      const [, ...words] = line.replace(/ [&<>].*/, "").split(" ")
      assert.isTrue(Either.isRight(arrange("effect-sockets", words, definitions)), line)
    }
  })

  it.live("has bold headings on a terminal, and no styles elsewhere", () =>
    Effect.gen(function* () {
      const styled = yield* runOn(SimulatedNetwork.layer, ["pipe", "--help"], { isTTY: true })
      const plain = yield* runOn(SimulatedNetwork.layer, ["pipe", "--help"])
      assert.include(styled.stdout, "\x1b[1mUsage:\x1b[0m effect-sockets pipe")
      assert.strictEqual(plain.stdout, escape.unstyled(styled.stdout))
      assert.notInclude(plain.stdout, "\x1b")
    })
  )
})
