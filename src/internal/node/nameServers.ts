/**
 * Asks the name servers of `resolv.conf`. This holds no thread, and an interruption ends it. It is not the system's
 * answer, so it is used only if the system is slow, and only to find addresses, never to say that there are none.
 *
 * @internal
 */
import * as dns from "node:dns"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as SocketAddress from "../../SocketAddress.ts"
import { candidatesOf } from "./etc.ts"

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

const foundIn = (exit: Exit.Exit<ReadonlyArray<string>, unknown>) => Exit.getOrElse(exit, () => [])

const saysThat = (code: string, exit: Exit.Exit<unknown, NodeJS.ErrnoException>) =>
  Exit.isFailure(exit) && exit.cause._tag === "Fail" && exit.cause.error.code === code

const other = { IPv4: "IPv6", IPv6: "IPv4" } as const

/**
 * Returns the addresses of a name, or an empty list if they are not known for sure. As in the system, the first name
 * that exists ends the search. If it has no address of the family, returns its addresses of the other family.
 */
export const askForAddresses = (name: string, family: Family | undefined): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const families = family === undefined ? (["IPv6", "IPv4"] as const) : [family]
    for (const candidate of candidatesOf(name)) {
      const exits = yield* Effect.all(
        families.map(family => addresses(candidate, family)),
        { concurrency: "unbounded" }
      )
      const isComplete = exits.every(exit => Exit.isSuccess(exit) || saysThat("ENODATA", exit))
      if (isComplete) {
        const found = exits.flatMap(foundIn)
        return found.length > 0 || family === undefined ? found : foundIn(yield* addresses(candidate, other[family]))
      }
      if (!exits.every(exit => saysThat("ENOTFOUND", exit))) return []
    }
    return []
  })

/** Returns the names of an address, or an empty list. */
export const askForNames = (address: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.orElseSucceed(
    ask((resolver, done) => resolver.reverse(address, done)),
    () => []
  )
