import { isIPv4, isIPv6 } from "node:net"
import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as fc from "effect/FastCheck"
import * as Hash from "effect/Hash"
import * as HashMap from "effect/HashMap"
import * as Schema from "effect/Schema"
import * as SocketAddress from "../src/SocketAddress.ts"
import { AddressError } from "../src/SocketError.ts"
import * as SocketSchema from "../src/SocketSchema.ts"

type Result = Either.Either<SocketAddress.SocketAddress, AddressError>

const right = <A>(result: Either.Either<A, AddressError>): A => Either.getOrThrowWith(result, error => error)

const left = (result: Result): AddressError =>
  Either.match(result, {
    onLeft: error => error,
    onRight: address => assert.fail(`should be refused: ${SocketAddress.format(address)}`)
  })

/** Checks that the detail is one line of 12 to 120 characters without control characters, and ends the message. */
const assertActionable = (error: AddressError) => {
  assert.instanceOf(error, AddressError)
  assert.match(error.detail, /^[^\p{Cc}]{12,120}$/u)
  assert.isTrue(error.message.endsWith(error.detail))
  assert.notMatch(error.message, /[\p{Cc}]/u)
}

const assertRefused = (result: Result, reason: AddressError["reason"], input: unknown, detail = /./) => {
  const error = left(result)
  assert.deepStrictEqual([error.reason, error.input], [reason, input])
  assert.match(error.detail, detail)
  assertActionable(error)
}

const name64 = "a".repeat(64)
const name253 = `${"a".repeat(63)}.`.repeat(3) + "a".repeat(61)

type Refusals = ReadonlyArray<readonly [reason: AddressError["reason"], detail: RegExp, inputs: ReadonlyArray<string>]>

const words = (text: string) => text.split(" ")

const flat = (table: Refusals) =>
  table.flatMap(([reason, detail, inputs]) => inputs.map(it => ({ it, reason, detail })))

const badHosts: Refusals = [
  ["EmptyHost", /0\.0\.0\.0 or ::/, [""]],
  [
    "InvalidIp",
    /four decimal/,
    words("127.1 1 2130706433 0x7f.1 0x7f000001 127.0.0.0X1 0x 1.2.3.4.5 127.0.0.1. a.123")
  ],
  ["InvalidIp", /from 0 to 255 without leading zeros/, [" 127.0.0.1", ...words("256.1.1.1 010.0.0.1 0.0.0.00")]],
  ["InvalidIp", /remove the brackets; only host:port/, words("[::1] [::1]:808 [localhost]")],
  ["InvalidIp", /not an IPv6 address/, words("::1:: ::: 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 1::2:3:4:5:6:7:8 ::12345")],
  ["InvalidIp", /not an IPv6 address/, words("::1.2.3 ::1.2.3.256 ::ffff:010.0.0.1 ::ffff:0x7f.0.0.1 ::1.2.3.4:5 ::g")],
  ["InvalidIp", /only link-local/, words("::1%eth0 2001:db8::1%1 ::ffff:169.254.0.1%eth0 fec0::1%eth0 fe8::1%eth0")],
  [
    "InvalidIp",
    /network interface/,
    words("fe80::1% fe80::1%25%eth0 fe80::1%a:b fe80::1%][::1 fe80::1%sixteen-letters-")
  ],
  ["InvalidIp", /network interface/, ["fe80::1%a b", "fe80::1%\u007f", "fe80::1%é"]],
  [
    "InvalidHost",
    /a name or an IP address: no URL, no path, no prefix length/,
    words("::1/128 10.0.0.0/8 http://localhost http://[::1]:808 a/")
  ],
  ["InvalidHost", /must not contain the port/, words("localhost:808 127.0.0.1:808 unix:x")],
  ["InvalidHost", /U\+00(?:00|0A|20|25|2A|40) /, ["localhost\0", "local\nhost", "a b", ...words("eth0%1 * user@host")]],
  [
    "InvalidHost",
    /U\+(?:00FC|FF11|017F|212A|1F600|D800) .*xn--/,
    words("bücher １２７.０ loca\u017fhost \u212aelvin 😀 \ud800")
  ],
  ["InvalidHost", /two dots in a row/, words("a..b .a a.b.. .")],
  ["InvalidHost", /63 characters/, [name64, `www.${name64}.org`]],
  ["InvalidHost", /253 characters, not 254/, [`${name253}a`]]
]

/** Texts that `parse` refuses for another reason than an invalid host or path. */
const badTexts: Refusals = [
  ["InvalidFormat", /not host:port/, ["", ...words("localhost 127.0.0.1 [::1] [::1]808 [::1 [[::1]]:808")]],
  ["InvalidFormat", /brackets .*\[::1\]:808/, words("::1 ::1:808 fe80::1%eth0:808 localhost:808:1")],
  ["InvalidFormat", /URL/, words("http://localhost:808 tcp://localhost")],
  ["InvalidFormat", /port is missing/, words("localhost: [::1]: :")],
  ["EmptyHost", /0\.0\.0\.0 or ::/, words(":808 []:808")],
  ["InvalidIp", /brackets are for IPv6/, words("[127.0.0.1]:808 [localhost]:808")],
  ["InvalidPort", /digits.*leading zeros/, words("a:http a:-1 a:+1 a:1\n a:00080 a:0x50 a:8e1 a:٨ a:1.0 a:100000")],
  ["InvalidPort", /65535/, ["a: 1", "a:65536", "[::1]:99999"]],
  ["InvalidHost", /unix\./, ["UNIX:808"]]
]

const badPaths: Refusals = [
  ["InvalidFormat", /abstract names are not supported/, ["\0abstract"]],
  ["InvalidFormat", /NUL, other control characters/, ["/run/x\0.sock", "/run/x\u001b[2J", "/run/x\n", "/run/\ud800"]],
  ["PathTooLong", /at most 107 bytes, not 108/, [`/${"x".repeat(107)}`, "é".repeat(54)]]
]

const badNumbers = [65536, -1, 2 ** 40, 1.5, Number.NaN, Infinity, -Infinity]
const badPorts: ReadonlyArray<unknown> = [...badNumbers, "808", "", null, undefined, 808n, {}, [808], true, Symbol()]

const sameTexts = [
  ...words("127.0.0.1:808 0.0.0.0:0 255.255.255.255:65535 localhost:808 example.org.:808 _sip-1._tcp.3com.com:808"),
  ...words("xn--bcher-kva.example:808 unix.:808 unix:808 unix:/run/x.sock unix: unix:@x [::]:808 [::1]:808 [1::]:808"),
  ...words("[::ffff:1.2.3.4]:808 [fe80::1%eth0]:808 [fe80::1%2]:808 [febf::1%Eth0.1]:808 unix:/[a]:b%é😀"),
  ...[`${name253}:1`, `${name253}.:1`, `unix:${"x".repeat(107)}`, "unix:/run/a file"]
]

/** A text and its canonical form: a name in lower case, IPv6 as in RFC 5952. */
const canonical = `LocalHost:808 localhost:808
[FEBF:0::1%Eth0.1]:808 [febf::1%Eth0.1]:808
[0:0:0:0:0:0:0:1]:808 [::1]:808
[2001:0DB8::0001]:808 [2001:db8::1]:808
[2001:db8:0:0:0:0:2:1]:808 [2001:db8::2:1]:808
[2001:db8::1:1:1:1:1]:808 [2001:db8:0:1:1:1:1:1]:808
[2001:0:0:1:0:0:0:1]:808 [2001:0:0:1::1]:808
[2001:db8:0:0:1:0:0:1]:808 [2001:db8::1:0:0:1]:808
[1:2:3:4:5:6:7::]:808 [1:2:3:4:5:6:7:0]:808
[::2:3:4:5:6:7:8]:808 [0:2:3:4:5:6:7:8]:808
[::FFFF:102:304]:808 [::ffff:1.2.3.4]:808
[::1.2.3.4]:808 [::102:304]:808
[64:ff9b::1.2.3.4]:808 [64:ff9b::102:304]:808
[1:2:3:4:5:6:1.2.3.4]:808 [1:2:3:4:5:6:102:304]:808`
  .split("\n")
  .map(words)

describe("SocketAddress", () => {
  it.each(sameTexts)("parses %s and formats it unchanged", text => {
    assert.strictEqual(SocketAddress.format(right(SocketAddress.parse(text))), text)
  })

  it.each(canonical)("parses %s as the address that is formatted as %s", (text = "", canonical = "") => {
    const [a, b] = [right(SocketAddress.parse(text)), right(SocketAddress.parse(canonical))]
    assert.strictEqual(SocketAddress.format(a), canonical)
    assert.isTrue(Equal.equals(a, b))
    assert.strictEqual(Hash.hash(a), Hash.hash(b))
    assert.isTrue(HashMap.has(HashMap.make([a, 1]), b))
  })

  it.each(flat(badTexts))("refuses the text $it ($reason)", ({ detail, it, reason }) => {
    assertRefused(SocketAddress.parse(it), reason, it, detail)
  })

  it.each(flat(badHosts))("refuses the host $it ($reason)", ({ detail, it, reason }) => {
    assertRefused(SocketAddress.hostPort(it, 808), reason, it, detail)
    assertRefused(SocketAddress.from({ host: it, port: 808 }), reason, it, detail)
    assertRefused(SocketAddress.inet(it, 808), it === "" ? "EmptyHost" : "InvalidIp", it)
    if (!/:|\[/.test(it)) assertRefused(SocketAddress.parse(`${it}:808`), reason, `${it}:808`, detail)
  })

  it.each(flat(badPaths))("refuses the path $it ($reason)", ({ detail, it, reason }) => {
    assertRefused(SocketAddress.unix(it), reason, it, detail)
    assertRefused(SocketAddress.parse(`unix:${it}`), reason, `unix:${it}`, detail)
    assert.throws(() => SocketAddress.unsafeUnix(it), AddressError)
  })

  it("refuses an empty path (which is not unixUnnamed), and the host unix (which format would write as a path)", () => {
    assertRefused(SocketAddress.unix(""), "InvalidFormat", "", /unixUnnamed/)
    assertRefused(SocketAddress.hostPort("unix", 808), "InvalidHost", "unix", /unix\./)
  })

  it("refuses every port that is not a whole number from 0 to 65535, also a string of digits", () => {
    for (const port of badPorts as ReadonlyArray<number>) {
      assertRefused(SocketAddress.inet("::1", port), "InvalidPort", port)
      assertRefused(SocketAddress.hostPort("localhost", port), "InvalidPort", port)
      assertRefused(SocketAddress.from({ host: "localhost", port }), "InvalidPort", port)
    }
    assert.strictEqual(Object.is(right(SocketAddress.inet("::1", -0)).port, 0), true)
  })

  it("an IP address has a family, and has a zone only if it is link-local and one was given", () => {
    const fields = (host: string) => {
      const { family, host: canonical, port, zone } = SocketAddress.unsafeInet(host, 808)
      return [family, canonical, port, zone]
    }
    assert.deepStrictEqual(fields("127.0.0.1"), ["IPv4", "127.0.0.1", 808, undefined])
    assert.deepStrictEqual(fields("::FFFF:127.0.0.1"), ["IPv6", "::ffff:127.0.0.1", 808, undefined])
    assert.deepStrictEqual(fields("FE80::1"), ["IPv6", "fe80::1", 808, undefined])
    assert.deepStrictEqual(fields("FE80::1%Eth0"), ["IPv6", "fe80::1", 808, "Eth0"])
    assert.throws(
      () => SocketAddress.unsafeInet("localhost", 808),
      AddressError,
      /for a name, use SocketAddress\.hostPort/
    )
  })

  it("hostPort makes an Inet if the host is an IP address, and a HostPort if it is a name", () => {
    assert.isTrue(SocketAddress.isInet(right(SocketAddress.hostPort("::1", 808))))
    assert.isTrue(SocketAddress.isHostPort(right(SocketAddress.hostPort("localhost", 808))))
    assert.isTrue(SocketAddress.isUnix(SocketAddress.unixUnnamed))
    assert.isFalse(SocketAddress.isInet(right(SocketAddress.hostPort("localhost", 808))))
  })

  it("from accepts an address, a string, and a host with a port, and does not read a path in the host", () => {
    const address = SocketAddress.unsafeInet("127.0.0.1", 808)
    assert.strictEqual(right(SocketAddress.from(address)), address)
    assert.isTrue(Equal.equals(right(SocketAddress.from("127.0.0.1:808")), address))
    assert.isTrue(Equal.equals(right(SocketAddress.from({ host: "127.0.0.1", port: 808 })), address))
    assertRefused(SocketAddress.from({ host: "unix:/run/x.sock", port: 808 }), "InvalidHost", "unix:/run/x.sock")
  })

  it("isSocketAddress accepts an address, and no value that was parsed from JSON", () => {
    const address = SocketAddress.unsafeInet("127.0.0.1", 808)
    for (const value of [JSON.parse(JSON.stringify(address)), null, undefined, 1, "127.0.0.1:808"]) {
      assert.isFalse(SocketAddress.isSocketAddress(value))
    }
    assert.isTrue(SocketAddress.isSocketAddress(address))
  })

  it("addresses of different kinds, hosts, zones or ports are not equal", () => {
    const texts = words(
      "[::]:8 [::1]:8 [::1]:9 0.0.0.0:8 a:8 a.:8 unix:a unix: [fe80::1]:8 [fe80::1%a]:8 [fe80::1%b]:8"
    )
    const addresses = texts.map(text => right(SocketAddress.parse(text)))
    for (const a of addresses) {
      for (const b of addresses) assert.strictEqual(Equal.equals(a, b), a === b)
    }
  })

  it("is printed as its text in a string, and as its fields in JSON and console.log", () => {
    const address = SocketAddress.unsafeInet("fe80::1%eth0", 808)
    const fields = { _id: "SocketAddress", _tag: "Inet", family: "IPv6", host: "fe80::1", zone: "eth0", port: 808 }
    assert.strictEqual(`${address}`, "[fe80::1%eth0]:808")
    assert.deepStrictEqual(JSON.parse(JSON.stringify(address)), fields)
    assert.strictEqual(inspect(address), inspect(fields))
    assert.strictEqual(address.pipe(SocketAddress.format), "[fe80::1%eth0]:808")
    assert.strictEqual(JSON.stringify(SocketAddress.unixUnnamed), '{"_id":"SocketAddress","_tag":"Unix"}')
  })

  it.effect.prop("parse is the inverse of format", [SocketSchema.SocketAddressFromSelf], ([address]) =>
    Effect.gen(function* () {
      const again = yield* SocketAddress.parse(SocketAddress.format(address))
      assert.isTrue(Equal.equals(again, address))
      assert.deepStrictEqual(again.toJSON(), address.toJSON())
    })
  )

  it.prop(
    "an IPv6 address has one canonical text, the same as in a URL except for a dotted tail",
    [fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })],
    ([groups]) => {
      const long = groups.map(group => group.toString(16).toUpperCase().padStart(4, "0")).join(":")
      const { host } = SocketAddress.unsafeInet(long, 0)
      assert.strictEqual(new URL(`http://[${host}]`).hostname, new URL(`http://[${long}]`).hostname)
      if (!host.includes(".")) assert.strictEqual(`[${host}]`, new URL(`http://[${long}]`).hostname)
    }
  )

  it.prop(
    "inet accepts exactly the texts that Node accepts as IP addresses",
    [fc.oneof(fc.ipV4(), fc.ipV4Extended(), fc.ipV6(), fc.stringMatching(/^[0-2a:.]{0,16}$|^[0f:]{2,9}1\.2\.3\.4$/))],
    ([text]) => {
      assert.strictEqual(Either.isRight(SocketAddress.inet(text, 0)), isIPv4(text) || isIPv6(text))
    },
    { fastCheck: { numRuns: 2000 } }
  )

  it.prop("no function throws, for any input", [fc.anything(), fc.anything()], ([a, b]) => {
    const { from, hostPort, inet, parse, unix } = SocketAddress
    for (const f of [from, parse, unix, inet, hostPort] as ReadonlyArray<(a: unknown, b: unknown) => Result>) {
      for (const result of [f(a, b), f("localhost", b), f("::1", b), f(a, 808), f({ host: a, port: b }, b)]) {
        if (Either.isLeft(result)) assert.match(result.left.detail, /^.{12,120}$/)
        else assert.isTrue(SocketAddress.isSocketAddress(result.right))
      }
    }
  })

  it.prop("for any refused text, the error says why in one line", [fc.string({ unit: "binary" })], ([text]) => {
    for (const result of [SocketAddress.parse(text), SocketAddress.parse(`${text}:1`), SocketAddress.unix(text)]) {
      if (Either.isLeft(result)) assertActionable(result.left)
      else assert.notMatch(SocketAddress.format(result.right), /[\p{Cc}\p{Zl}\p{Zp}]/u)
    }
  })

  it("refuses huge texts at once", () => {
    for (const piece of ["a", ":", "1.", "::", "[", "%", "0x", "fe80::%", "\0", "a.", "é"]) {
      const huge = piece.repeat(1_000_000)
      const texts = [huge, `${huge}:1`, `[${huge}]:1`, `unix:${huge}`]
      for (const text of texts) assertActionable(left(SocketAddress.parse(text)))
    }
  })

  it.effect("the schema decodes a string, encodes a text that parse reads, and fails with the error's message", () =>
    Effect.gen(function* () {
      const address = yield* Schema.decode(SocketSchema.SocketAddress)("[0::1]:808")
      assert.isTrue(Equal.equals(address, SocketAddress.unsafeInet("::1", 808)))
      assert.strictEqual(yield* Schema.encode(SocketSchema.SocketAddress)(address), "[::1]:808")
      const error = yield* Effect.flip(Schema.decode(SocketSchema.SocketAddress)("::1:808"))
      assert.include(error.message, left(SocketAddress.parse("::1:808")).message)
      assert.isTrue(Schema.is(SocketSchema.SocketAddressFromSelf)(address))
      assert.isFalse(Schema.is(SocketSchema.SocketAddressFromSelf)({ ...address }))
    })
  )
})
