/**
 * Addresses that the operating system wrote are used without parsing. They equal the addresses parsed from the same
 * text.
 */
import * as net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Equal from "effect/Equal"
import * as fc from "effect/FastCheck"
import { trustedInet } from "../../../src/internal/address/address.ts"
import * as SocketAddress from "../../../src/SocketAddress.ts"

/** The text that `inet_ntop` of the operating system writes for an address. */
const systemText = (host: string): string =>
  new net.SocketAddress({ address: host, family: host.includes(":") ? "ipv6" : "ipv4" }).address

const octet = fc.integer({ min: 0, max: 255 })
const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 65535 }), fc.constant(65535))
const ipv4 = fc.tuple(octet, octet, octet, octet).map(parts => parts.join("."))
const ipv6 = fc.array(group, { minLength: 8, maxLength: 8 }).map(groups => groups.map(g => g.toString(16)).join(":"))

describe("an address that the operating system wrote", () => {
  it("equals the address that is parsed from its text, for every kind of address", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          ipv4,
          ipv6,
          ipv4.map(host => `::ffff:${host}`),
          ipv4.map(host => `::${host}`)
        ),
        host => {
          const parsed = SocketAddress.unsafeInet(host, 808)
          const trusted = trustedInet(systemText(host), 808)
          assert.isTrue(Equal.equals(trusted, parsed), `${trusted} is not ${parsed}`)
          assert.deepStrictEqual({ ...trusted }, { ...parsed })
        }
      ),
      { numRuns: 2000 }
    )
  })

  it("has the zone of a link-local address, by name and by number", () => {
    for (const zone of ["eth0", "4"]) {
      const trusted = trustedInet(`fe80::1%${zone}`, 808)
      assert.isTrue(Equal.equals(trusted, SocketAddress.unsafeInet(`fe80::1%${zone}`, 808)))
      assert.strictEqual(trusted.zone, zone)
    }
  })
})
