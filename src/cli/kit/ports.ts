/**
 * Parses and formats ports as on a command line: `22,80,8000-8100`. Pure.
 */
import * as Either from "effect/Either"

/** Returns each port once, in ascending order, or the problem of the list. */
export const parsePorts = (list: string): Either.Either<ReadonlyArray<number>, string> =>
  Either.map(Either.all(list.split(",").map(parseItem)), ranges => {
    const ports = new Set<number>()
    for (const [first, last] of ranges) {
      for (let port = first; port <= last; port++) ports.add(port)
    }
    return Array.from(ports).sort((a, b) => a - b)
  })

type Range = readonly [first: number, last: number]

const parseItem = (item: string): Either.Either<Range, string> => {
  if (item === "") return Either.left("a port is missing; write ports as in 22,80,8000-8100")
  const [, low = "", high = low] = /^(\d+)(?:-(\d+))?$/.exec(item) ?? []
  const [first, last] = [parsePort(low), parsePort(high)]
  if (first === undefined || last === undefined) {
    return Either.left(`${JSON.stringify(item)} is not a port (1 to 65535) or a range such as 8000-8100`)
  }
  return first > last
    ? Either.left(`${JSON.stringify(item)} starts with the higher port; write ${format(last, first)}`)
    : Either.right([first, last])
}

const parsePort = (digits: string): number | undefined =>
  /^[1-9]\d{0,4}$/.test(digits) && Number(digits) <= 65535 ? Number(digits) : undefined

/** Formats a port or a range, such as `22` or `8000-8100`. */
export const format = (first: number, last: number): string => (first === last ? String(first) : `${first}-${last}`)
