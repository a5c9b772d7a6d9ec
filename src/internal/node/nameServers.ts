/**
 * Asks the name servers of `resolv.conf`. Such a query holds no thread, and an interruption ends the query. Its answer
 * may differ from the answer of the system. So the answer is used only if the system is slow, and only if the query has
 * found something.
 *
 * @internal
 */
import * as dns from "node:dns"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as SocketAddress from "../../SocketAddress.ts"
import { candidatesOf, onlySystemAnswers } from "./etc.ts"

type Family = SocketAddress.Inet["family"]

type Query = (resolver: dns.Resolver, done: (error: NodeJS.ErrnoException | null, found: Array<string>) => void) => void

const ask = (query: Query): Effect.Effect<ReadonlyArray<string>, NodeJS.ErrnoException> =>
  Effect.async(resume => {
    const resolver = new dns.Resolver()
    query(resolver, (error, found) => resume(error === null ? Effect.succeed(found) : Effect.fail(error)))
    return Effect.sync(() => resolver.cancel())
  })

const addresses = (name: string, family: Family) =>
  Effect.exit(
    ask((resolver, done) => (family === "IPv4" ? resolver.resolve4(name, done) : resolver.resolve6(name, done)))
  )

type Outcome = Exit.Exit<ReadonlyArray<string>, NodeJS.ErrnoException>

const foundIn = (outcomes: ReadonlyArray<Outcome>) => outcomes.flatMap(Exit.getOrElse(() => []))

const says = (code: string) => (outcome: Outcome) =>
  Exit.isFailure(outcome) && outcome.cause._tag === "Fail" && outcome.cause.error.code === code

/** True if the name servers have answered that the name does not exist. */
const isNoName = says("ENOTFOUND")

/**
 * True if the name servers have answered. The answer may be addresses, that the name does not exist, or that the name
 * has no address of the family.
 */
const isKnown = (outcome: Outcome) => Exit.isSuccess(outcome) || isNoName(outcome) || says("ENODATA")(outcome)

const other = { IPv4: "IPv6", IPv6: "IPv4" } as const

/**
 * Returns the addresses of a name. Asks for each candidate of `candidatesOf` in order. As in the system, the first
 * candidate that exists ends the search. If that candidate has no address of the family, returns its addresses of the
 * other family. If a name server has not answered, or no candidate exists, returns an empty list.
 */
export const askForAddresses = (name: string, family: Family | undefined): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const families = family === undefined ? (["IPv6", "IPv4"] as const) : [family]
    for (const candidate of candidatesOf(name)) {
      const ask = (family: Family) => addresses(candidate, family)
      const wanted = yield* Effect.all(families.map(ask), { concurrency: "unbounded" })
      if (!wanted.every(isKnown)) return []
      if (foundIn(wanted).length > 0) return foundIn(wanted)
      const all = family === undefined ? wanted : [...wanted, yield* ask(other[family])]
      if (!all.every(isNoName)) return foundIn(all)
    }
    return []
  })

/** Returns the names of an address. If the query fails, or only the system answers, returns an empty list. */
export const askForNames = (address: string): Effect.Effect<ReadonlyArray<string>> =>
  onlySystemAnswers
    ? Effect.succeed([])
    : Effect.orElseSucceed(
        ask((resolver, done) => resolver.reverse(address, done)),
        () => []
      )
