/**
 * Formats the findings of a scan for people. Pure.
 */
import * as SocketAddress from "../../SocketAddress.ts"
import { columns } from "./columns.ts"
import * as ports from "./ports.ts"
import type { Finding, State } from "./probe.ts"

/** Names of services by port. */
export type Services = ReadonlyMap<number, string>

/** Returns why a port is in its state: the message of its error without the address, or `""`. */
export const reasonOf = ({ address, error }: Finding): string =>
  error === undefined ? "" : error.message.slice(`connect ${SocketAddress.format(address)}: `.length)

interface Run {
  readonly first: Finding
  last: Finding
}

/**
 * Joins neighboring ports that have the same state and reason into one row. An open port always has a row of its own.
 */
const runsOf = (findings: ReadonlyArray<Finding>): ReadonlyArray<Run> => {
  const runs: Array<Run> = []
  for (const finding of findings) {
    const run = runs.at(-1)
    if (run !== undefined && continues(run.last, finding)) {
      run.last = finding
    } else {
      runs.push({ first: finding, last: finding })
    }
  }
  return runs
}

const continues = (last: Finding, next: Finding): boolean =>
  next.state !== "open" &&
  next.state === last.state &&
  next.address.port === last.address.port + 1 &&
  reasonOf(next) === reasonOf(last)

const rowOf = ({ first, last }: Run, services: Services): ReadonlyArray<string> => {
  const { port } = first.address
  return [
    ports.format(port, last.address.port),
    first.state,
    first === last ? (services.get(port) ?? "") : "",
    first.banner ?? reasonOf(first)
  ]
}

/** Formats findings that are sorted by port. */
export const table = (findings: ReadonlyArray<Finding>, services: Services): string =>
  columns([["PORT", "STATE", "SERVICE", "DETAIL"], ...runsOf(findings).map(run => rowOf(run, services))])

const order = ["open", "closed", "filtered", "unknown"] as const satisfies ReadonlyArray<State>

/** Counts the ports in each state. */
export const counts = (findings: ReadonlyArray<Finding>): Readonly<Record<State, number>> => {
  const counts = { open: 0, closed: 0, filtered: 0, unknown: 0 }
  for (const { state } of findings) counts[state] += 1
  return counts
}

/** Returns the number of ports in each state that occurs, such as `1 open, 2 closed`. */
export const summary = (findings: ReadonlyArray<Finding>): string => {
  const found = counts(findings)
  return order
    .filter(state => found[state] > 0)
    .map(state => `${found[state]} ${state}`)
    .join(", ")
}
