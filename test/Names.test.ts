/** Names on a network that knows a few names, and on Node's network compared with Python. */

import { spawnSync } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { protocols } from "../src/internal/connect/protocols.ts"
import { wellKnown } from "../src/internal/connect/services.ts"
import * as Names from "../src/Names.ts"
import * as Network from "../src/Network.ts"
import * as NodeNetwork from "../src/NodeNetwork.ts"
import * as SimulatedNetwork from "../src/SimulatedNetwork.ts"
import * as SocketAddress from "../src/SocketAddress.ts"
import { ResolveError } from "../src/SocketError.ts"

const hosts: Readonly<Record<string, Arr.NonEmptyReadonlyArray<string>>> = {
  "both.test": ["192.0.2.1", "2001:db8::1", "192.0.2.2"],
  "six.test": ["2001:db8::6"],
  box: ["192.0.2.9"],
  nameless: ["192.0.2.7"]
}

const names: Readonly<Record<string, string>> = { "192.0.2.9": "box.example.org" }

const never = { dial: () => Effect.never, listen: () => Effect.never }

const driver = {
  ...never,
  hostname: Effect.succeed("box"),
  resolve: ({ host, port }: SocketAddress.HostPort) =>
    Effect.fromNullable(hosts[host]).pipe(
      Effect.mapBoth({
        onFailure: () => new ResolveError({ reason: "NotFound", host }),
        onSuccess: Arr.map(literal => SocketAddress.unsafeInet(literal, port))
      })
    ),
  reverse: (host: string) =>
    Effect.mapError(Effect.fromNullable(names[host]), () => new ResolveError({ reason: "NotFound", host }))
}

const few = Effect.provide(Layer.succeed(Network.Network, Network.make(driver)))

const reasonOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), error => `${error._tag} ${"reason" in error ? error.reason : ""}`)

describe("getaddrinfo", () => {
  it.effect(
    "returns every address with the port, in the resolver's order; with the option family, those of one family",
    () =>
      Effect.gen(function* () {
        const all = yield* Names.getaddrinfo("both.test", 80)
        assert.deepStrictEqual(all.map(String), ["192.0.2.1:80", "[2001:db8::1]:80", "192.0.2.2:80"])
        const four = yield* Names.getaddrinfo("both.test", "http", { family: "IPv4" })
        assert.deepStrictEqual(four.map(String), ["192.0.2.1:80", "192.0.2.2:80"])
        assert.deepStrictEqual((yield* Names.getaddrinfo("::1", "8080")).map(String), ["[::1]:8080"])
      }).pipe(few)
  )

  it.effect("a literal of the other family fails with FamilyMismatch, a name without such an address with NoData", () =>
    Effect.gen(function* () {
      const reason = (host: string) => reasonOf(Names.getaddrinfo(host, 80, { family: "IPv4" }))
      assert.strictEqual(yield* reason("::1"), "AddressError FamilyMismatch")
      assert.strictEqual(yield* reason("six.test"), "ResolveError NoData")
      assert.strictEqual(yield* reason("unknown.test"), "ResolveError NotFound")
      const error = yield* Effect.flip(Names.getaddrinfo("::1", 80, { family: "IPv4" }))
      assert.strictEqual(error.message, 'address "::1": this is an IPv6 address, but IPv4 was requested')
    }).pipe(few)
  )

  it.effect("an invalid host or port fails with AddressError, an unknown service with NotFound", () =>
    Effect.gen(function* () {
      for (const [host, port] of [
        ["", 80],
        ["127.1", 80],
        ["both.test", 65536],
        ["both.test", "65536"],
        ["both.test", -1]
      ] as const) {
        assert.match(yield* reasonOf(Names.getaddrinfo(host, port)), /^AddressError/, `${host} ${port}`)
      }
      const error = yield* Effect.flip(Names.getaddrinfo("both.test", "nosvc"))
      assert.strictEqual(error.message, 'resolve "nosvc/tcp": name not found')
    }).pipe(few)
  )
})

describe("names of hosts", () => {
  it.effect("gethostbyname returns the first IPv4 address; an IPv6 literal fails with FamilyMismatch", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Names.gethostbyname("both.test"), "192.0.2.1")
      assert.strictEqual(yield* Names.gethostbyname("192.0.2.5"), "192.0.2.5")
      assert.strictEqual(yield* reasonOf(Names.gethostbyname("::1")), "AddressError FamilyMismatch")
      assert.strictEqual(yield* reasonOf(Names.gethostbyname("six.test")), "ResolveError NoData")
    }).pipe(few)
  )

  it.effect("getnameinfo returns names, or the literal and the digits if there are none", () =>
    Effect.gen(function* () {
      const of = (host: string, port: number) => Names.getnameinfo(SocketAddress.unsafeInet(host, port))
      assert.deepStrictEqual(yield* of("192.0.2.9", 443), { host: "box.example.org", service: "https" })
      assert.deepStrictEqual(yield* of("192.0.2.7", 4), { host: "192.0.2.7", service: "4" })
      assert.deepStrictEqual(yield* of("fe80::1%lo", 0), { host: "fe80::1%lo", service: "0" })
    }).pipe(few)
  )

  it.effect("getnameinfo fails if the lookup fails for a reason other than a missing name", () =>
    Effect.gen(function* () {
      const lost = { ...driver, reverse: (host: string) => new ResolveError({ reason: "TryAgain", host }) }
      const asked = Names.getnameinfo(SocketAddress.unsafeInet("192.0.2.9", 80))
      const reason = reasonOf(asked).pipe(Effect.provideService(Network.Network, Network.make(lost)))
      assert.strictEqual(yield* reason, "ResolveError TryAgain")
    })
  )

  it.effect("getfqdn returns the name of the first address, or else the host as given; it never fails", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Names.getfqdn(), "box.example.org")
      for (const host of ["nameless", "unknown.test", "not a name"]) {
        assert.strictEqual(yield* Names.getfqdn(host), host)
      }
      for (const anywhere of ["", "0.0.0.0", "::"]) {
        assert.strictEqual(yield* Names.getfqdn(anywhere), "box.example.org")
      }
    }).pipe(few)
  )

  it.effect("on a driver without optional members, no address has a name, and there are no interfaces", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Names.getfqdn(), "box")
      assert.deepStrictEqual(yield* Names.interfaces, [])
      assert.strictEqual(yield* Names.getservbyname("http"), 80)
      const network = yield* Network.Network
      assert.strictEqual(yield* reasonOf(network.listenFd(3)), "ListenError Unsupported")
      assert.strictEqual(yield* reasonOf(network.reverse("not an address")), "ResolveError BadName")
    }).pipe(
      Effect.scoped,
      Effect.provideService(
        Network.Network,
        Network.make({ ...never, hostname: driver.hostname, resolve: driver.resolve })
      )
    )
  )
})

describe("names of ports", () => {
  it.effect("services are found by name, by alias and by port, for each protocol", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Names.getservbyname("www"), 80)
      assert.strictEqual(yield* Names.getservbyname("domain", "udp"), 53)
      assert.strictEqual(yield* Names.getservbyport(22), "ssh")
      assert.strictEqual(yield* reasonOf(Names.getservbyname("ssh", "udp")), "ResolveError NotFound")
      assert.strictEqual(yield* reasonOf(Names.getservbyport(4)), "ResolveError NotFound")
      assert.strictEqual(yield* reasonOf(Names.getservbyport(99999)), "AddressError InvalidPort")
    }).pipe(few)
  )
})

describe("Node", () => {
  const node = Effect.provide(NodeNetwork.layer)

  it.live("localhost resolves to the loopback addresses of each family, and 127.0.0.1 back", () =>
    Effect.gen(function* () {
      for (const [family, host] of [
        ["IPv4", "127.0.0.1"],
        ["IPv6", "::1"]
      ] as const) {
        assert.deepStrictEqual(yield* Network.resolve("localhost", { family }), [host])
      }
      assert.strictEqual(yield* Names.gethostbyname("localhost"), "127.0.0.1")
      const info = yield* Names.getnameinfo(SocketAddress.unsafeInet("127.0.0.1", 80))
      assert.match(info.host, /localhost|127\.0\.0\.1/)
      assert.strictEqual(info.service, "http")
    }).pipe(node)
  )

  it.live("interfaces include the loopback interface, with its number and its addresses", () =>
    Effect.gen(function* () {
      const all = yield* Names.interfaces
      const loopback = all.find(one => one.addresses.some(address => address.host === "127.0.0.1"))
      assert.deepInclude(loopback?.addresses[0], { family: "IPv4", host: "127.0.0.1", prefix: 8 })
      assert.isTrue(process.platform !== "linux" || loopback?.index === 1, JSON.stringify(loopback))
      for (const { host } of all.flatMap(one => one.addresses)) {
        assert.strictEqual(SocketAddress.inet(host, 0)._tag, "Right", host)
      }
    }).pipe(node)
  )

  it.live("an interruption ends a lookup at once", () =>
    Effect.gen(function* () {
      const network = yield* Network.Network
      const { resolve, reverse, services } = network
      const lookups = [
        Effect.asVoid(reverse("192.0.2.1")),
        Effect.asVoid(resolve("a-name.invalid")),
        Effect.asVoid(services)
      ]
      for (const lookup of lookups) {
        const fiber = yield* Effect.fork(lookup)
        yield* Effect.yieldNow()
        const exit = yield* Fiber.interrupt(fiber)
        assert.isTrue(exit._tag === "Failure" && Cause.isInterruptedOnly(exit.cause), String(exit))
      }
    }).pipe(node)
  )
})

describe("getprotobyname", () => {
  it.effect("returns the number of a protocol, by its name or an alias", () =>
    Effect.gen(function* () {
      for (const [name, number] of [
        ["tcp", 6],
        ["TCP", 6],
        ["udp", 17],
        ["icmp", 1],
        ["ipv6-icmp", 58]
      ] as const) {
        assert.strictEqual(yield* Names.getprotobyname(name), number)
      }
    })
  )

  it.effect("fails with NotFound for an unknown name", () =>
    Effect.gen(function* () {
      for (const name of ["", "Tcp", "nosuch", "6"]) {
        assert.strictEqual(yield* reasonOf(Names.getprotobyname(name)), "ResolveError NotFound")
      }
    })
  )
})

describe("hasDualstackIpv6", () => {
  it.live("is true on a simulated network", () =>
    Effect.gen(function* () {
      assert.isTrue(yield* Names.hasDualstackIpv6)
    }).pipe(Effect.provide(SimulatedNetwork.layer))
  )
})

const python = spawnSync(
  "python3",
  [
    "-c",
    `
import json, socket
def of(f, *args):
    try: return f(*args)
    except OSError: return None
names = ${JSON.stringify(wellKnown.map(one => [one.name, one.protocol]))}
print(json.dumps({
    "canonical": (of(socket.gethostbyaddr, socket.gethostname()) or [socket.gethostname()])[0],
    "localhost": socket.gethostbyname("localhost"),
    "interfaces": socket.if_nameindex(),
    "dualstack": socket.has_dualstack_ipv6(),
    "protocols": [[name, of(socket.getprotobyname, name)] for name in ${JSON.stringify([...protocols.keys()])}],
    "services": [[name, protocol, of(socket.getservbyname, name, protocol)] for name, protocol in names]}))
`
  ],
  { encoding: "utf8" }
)

describe.skipIf(python.status !== 0)(
  `compared with Python${python.status === 0 ? "" : " (skipped: no python3)"}`,
  () => {
    const told = (): {
      readonly canonical: string
      readonly localhost: string
      readonly interfaces: ReadonlyArray<readonly [number, string]>
      readonly dualstack: boolean
      readonly protocols: ReadonlyArray<readonly [name: string, number: number | null]>
      readonly services: ReadonlyArray<readonly [name: string, protocol: "tcp" | "udp", port: number | null]>
    } => JSON.parse(python.stdout)

    it.live("hosts and interfaces have the same names", () =>
      Effect.gen(function* () {
        const { canonical, interfaces, localhost } = told()
        assert.strictEqual(yield* Names.getfqdn(), canonical)
        assert.strictEqual(yield* Names.gethostbyname("localhost"), localhost)
        const ours = yield* Names.interfaces
        const theirs = new Map(interfaces.map(([index, name]) => [name, index]))
        assert.sameMembers(
          ours.map(one => one.name),
          [...theirs.keys()]
        )
        for (const { index, name } of ours) {
          if (index !== undefined) assert.strictEqual(index, theirs.get(name), name)
        }
      }).pipe(Effect.provide(NodeNetwork.layer))
    )

    it.live("listeners on [::] accept IPv4 or not", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* Names.hasDualstackIpv6, told().dualstack)
      }).pipe(Effect.provide(NodeNetwork.layer))
    )

    const numbers = python.status === 0 ? told().protocols.filter(([, number]) => number !== null) : []
    const none = numbers.length > 0 ? "" : " (skipped: this system has no protocols database)"
    it.live.skipIf(none !== "")(`protocols have the same numbers${none}`, () =>
      Effect.gen(function* () {
        for (const [name, number] of numbers) assert.strictEqual(yield* Names.getprotobyname(name), number, name)
      })
    )

    const known = python.status === 0 ? told().services : []
    const reason = known.some(([, , port]) => port !== null) ? "" : " (skipped: this system has no services database)"
    it.live.skipIf(reason !== "")(`services have the same ports, also in the built-in list${reason}`, () =>
      Effect.gen(function* () {
        for (const [name, protocol, port] of known) {
          const ours = yield* Effect.option(Names.getservbyname(name, protocol))
          assert.strictEqual(ours._tag === "Some" ? ours.value : null, port, name)
          const wellKnownPort = wellKnown.find(one => one.name === name && one.protocol === protocol)?.port
          assert.strictEqual(port ?? wellKnownPort, wellKnownPort, name)
        }
      }).pipe(Effect.provide(NodeNetwork.layer))
    )
  }
)
