/** Reading the hosts file and `resolv.conf`. */
import { assert, describe, it } from "@effect/vitest"
import { candidatesIn, hostsIn } from "../../../src/internal/node/etc.ts"

describe("the hosts file", () => {
  it("has an address and names on each line; comments and invalid lines are skipped", () => {
    const file = "127.0.0.1\tlocalhost Alias # comment\r\n#::1 no\nfe80::1%eth0 link\n\n1.2.3 bad\n::2\n"
    assert.deepStrictEqual(hostsIn(file), [
      { address: "127.0.0.1", family: "IPv4", names: ["localhost", "alias"] },
      { address: "fe80::1%eth0", family: "IPv6", names: ["link"] }
    ])
  })
})

describe("the names to ask name servers for", () => {
  for (const [title, resolvConf, name, expected] of [
    ["are the name alone without a search list", "nameserver 192.0.2.1", "a.b", ["a.b"]],
    [
      "of a name with a dot begin with the name",
      "search one.test two.test",
      "a.b",
      ["a.b", "a.b.one.test", "a.b.two.test"]
    ],
    ["of a name without a dot begin with the search list", "search one.test", "a", ["a.one.test", "a"]],
    ["go by ndots", "search one.test\noptions timeout:1 ndots:2 rotate", "a.b", ["a.b.one.test", "a.b"]],
    ["go by the last search or domain line", "search one.test # x\ndomain two.test", "a", ["a.two.test", "a"]],
    ["are the name alone if it ends with a dot", "search one.test", "a.", ["a."]]
  ] as const) {
    it(title, () => assert.deepStrictEqual(candidatesIn(resolvConf, name, "here"), expected))
  }

  it("without a search list have the domain of this machine as a suffix", () =>
    assert.deepStrictEqual(candidatesIn("", "a", "here.lan"), ["a.lan", "a"]))
})
