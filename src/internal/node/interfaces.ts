/**
 * The network interfaces. Node knows those that have an address; Linux tells of the others, and of their numbers.
 *
 * @internal
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as Effect from "effect/Effect"
import type { Driver, Interface, InterfaceAddress } from "../driver.ts"

const system = "/sys/class/net"

/** The number of a link, where Linux tells it. */
const linkIndex = (name: string): number | undefined => {
  try {
    return Number(fs.readFileSync(`${system}/${name}/ifindex`, "utf8"))
  } catch {
    return undefined
  }
}

const links = (): ReadonlyArray<string> =>
  fs.existsSync(system) ? fs.readdirSync(system).filter(name => linkIndex(name) !== undefined) : []

/** Elsewhere the zone of a link-local address is the number. */
const zoneIndex = (addresses: ReadonlyArray<os.NetworkInterfaceInfo>): number | undefined =>
  addresses.flatMap(info => (info.family === "IPv6" && info.scopeid > 0 ? [info.scopeid] : []))[0]

const addressOf =
  (name: string) =>
  (info: os.NetworkInterfaceInfo): InterfaceAddress => ({
    family: info.family,
    host: info.family === "IPv6" && info.scopeid > 0 ? `${info.address}%${name}` : info.address,
    prefix: Number(info.cidr?.split("/")[1])
  })

export const interfaces: NonNullable<Driver["interfaces"]> = Effect.sync(() => {
  const known = os.networkInterfaces()
  return Array.from(new Set([...links(), ...Object.keys(known)]), (name): Interface => {
    const addresses = known[name] ?? []
    return { name, index: linkIndex(name) ?? zoneIndex(addresses), addresses: addresses.map(addressOf(name)) }
  }).sort((a, b) => (a.index ?? Number.MAX_SAFE_INTEGER) - (b.index ?? Number.MAX_SAFE_INTEGER))
})
