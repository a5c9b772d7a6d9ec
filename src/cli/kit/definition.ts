/**
 * The definition of a command. The parser and the help both read it, so they have the same options and arguments.
 */
import * as Args from "@effect/cli/Args"
import type * as Options from "@effect/cli/Options"
import * as Option from "effect/Option"
import type * as Types from "effect/Types"

/** Options by the heading under which the help shows them. */
export type Groups = Readonly<Record<string, Readonly<Record<string, Options.Options<unknown>>>>>

/** A term and its explanation: one row of a list in the help. */
export type Row = readonly [term: string, text: string]

export interface Definition {
  /** What the command does, in one sentence. */
  readonly summary: string
  readonly operands: Readonly<Record<string, Args.Args<unknown>>>
  readonly groups: Groups
  /** The explanations of words that the output of the command uses. */
  readonly glossary?: { readonly title: string; readonly rows: ReadonlyArray<Row> }
  /** The examples: a description, and the command lines. */
  readonly examples: ReadonlyArray<readonly [what: string, ...lines: ReadonlyArray<string>]>
  readonly exitCodes: ReadonlyArray<Row>
}

/** The definitions of all commands, by name. */
export type Definitions = Readonly<Record<string, Definition>>

/** Returns all options of the groups in one record, as `Command.make` takes them. */
export const flat = <G extends Groups>(groups: G): Types.Simplify<Types.UnionToIntersection<G[keyof G]>> =>
  Object.assign({}, ...Object.values(groups))

/** Returns the name of an argument, without the angle brackets of `@effect/cli`. */
export const nameOf = (operand: Args.Args<unknown>): string =>
  Option.getOrElse(Args.getIdentifier(operand), () => "").replace(/^<(.*)>$/, "$1")

/** Returns all options of a command, in the order of its help. */
export const optionsOf = (definition: Definition): ReadonlyArray<Options.Options<unknown>> =>
  Object.values(definition.groups).flatMap(group => Object.values(group))
