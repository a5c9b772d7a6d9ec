/**
 * Files of the system about names: the hosts file, the search list of the resolver, and the services database.
 *
 * @internal
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Either from "effect/Either"
import { parseIp } from "../address/index.ts"

const folder =
  process.platform === "win32"
    ? path.join(process.env["SystemRoot"] ?? "C:\\Windows", "System32", "drivers", "etc")
    : "/etc"

export const servicesFile = path.join(folder, "services")

const read = (name: string): string | undefined => {
  try {
    return fs.readFileSync(path.join(folder, name), "utf8")
  } catch {
    return undefined
  }
}

const wordsOf = (line: string): ReadonlyArray<string> => line.split(/\s+/).filter(word => word !== "")

interface HostsLine {
  readonly address: string
  readonly family: "IPv4" | "IPv6"
  readonly names: ReadonlyArray<string>
}

/** Returns the lines of a hosts file. Skips lines without a valid address or without a name. */
export const hostsIn = (file: string): ReadonlyArray<HostsLine> =>
  file.split("\n").flatMap(line => {
    const [address = "", ...names] = wordsOf(line.replace(/#.*/, "").toLowerCase())
    const ip = Either.getOrUndefined(parseIp(address))
    return ip === undefined || names.length === 0 ? [] : [{ address, family: ip.family, names }]
  })

/** Returns the addresses of a name in the hosts file, IPv6 first. Reads the file each time. */
export const addressesInHosts = (name: string): ReadonlyArray<string> => {
  const lines = hostsIn(read("hosts") ?? "").filter(({ names }) => names.includes(name))
  return (["IPv6", "IPv4"] as const).flatMap(family =>
    lines.flatMap(line => (line.family === family ? [line.address] : []))
  )
}

/**
 * Returns a list with the first name of an address in the hosts file, or an empty list if the file has no name for it.
 * Compares the addresses as text.
 */
export const namesInHosts = (address: string): ReadonlyArray<string> =>
  hostsIn(read("hosts") ?? "")
    .filter(line => line.address === address)
    .flatMap(({ names }) => names)
    .slice(0, 1)

/**
 * Returns the names that the system asks name servers for, in the order of the system: the name itself, and the name
 * with each suffix of the search list. A name that ends with a dot gets no suffix.
 */
export const candidatesIn = (resolvConf: string, name: string, hostname: string): ReadonlyArray<string> => {
  if (name.endsWith(".")) return [name]
  let search = hostname.includes(".") ? [hostname.slice(hostname.indexOf(".") + 1)] : []
  let dots = 1
  for (const line of resolvConf.split("\n")) {
    const [keyword, ...words] = wordsOf(line.replace(/[#;].*/, ""))
    if (keyword === "search" || keyword === "domain") search = words
    if (keyword === "options") {
      const ndots = words.flatMap(word => /^ndots:(\d+)$/.exec(word)?.[1] ?? []).at(-1)
      dots = ndots === undefined ? dots : Math.min(15, Number(ndots))
    }
  }
  const suffixed = search.filter(suffix => suffix !== ".").map(suffix => `${name}.${suffix}`)
  return name.split(".").length > dots ? [name, ...suffixed] : [...suffixed, name]
}

/** True if the system may get its answers from sources that only the system knows, and not from `resolv.conf`. */
export const onlySystemAnswers = process.platform === "darwin" || process.platform === "win32"

/**
 * Returns the names to ask name servers for. Returns an empty list if the system may get its answer from another
 * source: on macOS and Windows, for names that end with `.local` (multicast DNS, RFC 6762), and if there is no
 * `resolv.conf`.
 */
export const candidatesOf = (name: string): ReadonlyArray<string> => {
  if (onlySystemAnswers || /\.local\.?$/.test(name)) return []
  const resolvConf = read("resolv.conf")
  return resolvConf === undefined ? [] : candidatesIn(resolvConf, name, os.hostname())
}
