/** Lists of ports, and the table of a scan. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { summary, table } from "../../src/cli/kit/findings.ts"
import * as ports from "../../src/cli/kit/ports.ts"
import type { Finding, State } from "../../src/cli/kit/probe.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { ConnectError, type ConnectReason } from "../../src/SocketError.ts"

describe("a list of ports", () => {
  const lists: ReadonlyArray<readonly [list: string, ports: ReadonlyArray<number>]> = [
    ["22", [22]],
    ["1,65535", [1, 65535]],
    ["80,22", [22, 80]],
    ["8000-8003", [8000, 8001, 8002, 8003]],
    ["5-5", [5]],
    ["22,20-23,22", [20, 21, 22, 23]]
  ]
  it.each(lists)("%s is valid", (list, expected) => {
    assert.deepStrictEqual(Either.getOrThrow(ports.parsePorts(list)), expected)
  })

  const neither = (item: string) => `"${item}" is not a port (1 to 65535) or a range such as 8000-8100`
  const missing = "a port is missing; write ports as in 22,80,8000-8100"
  const wrong: ReadonlyArray<readonly [list: string, problem: string]> = [
    ["", missing],
    ["22,", missing],
    ["22,,80", missing],
    ["0", neither("0")],
    ["65536", neither("65536")],
    ["-80", neither("-80")],
    ["80-", neither("80-")],
    ["1-2-3", neither("1-2-3")],
    ["022", neither("022")],
    ["22, 80", neither(" 80")],
    ["http", neither("http")],
    ["1e3", neither("1e3")],
    ["90-80", '"90-80" starts with the higher port; write 80-90']
  ]
  it.each(wrong)("%j is not valid", (list, problem) => {
    assert.deepStrictEqual(ports.parsePorts(list), Either.left(problem))
  })

  it("a range can contain all ports", () => {
    assert.lengthOf(Either.getOrThrow(ports.parsePorts("1-65535")), 65535)
  })
})

const finding = (port: number, state: State, reason?: ConnectReason, banner?: string): Finding => {
  const address = SocketAddress.unsafeInet("::1", port)
  const error = reason && new ConnectError({ reason, address, attempts: [] })
  return { address, state, error, banner, millis: 0 }
}

describe("the table of a scan", () => {
  const found = [
    finding(21, "open"),
    finding(22, "open", undefined, "SSH-2.0\x1b[31m \u202e"),
    finding(23, "closed", "Refused"),
    finding(24, "closed", "Refused"),
    finding(25, "filtered", "TimedOut"),
    finding(26, "filtered", "HostUnreachable"),
    finding(28, "filtered", "HostUnreachable"),
    finding(29, "open", "Reset")
  ]

  it("has one row per open port and one row for equal neighbors, and escapes banners", () => {
    assert.strictEqual(
      table(found, new Map([[22, "ssh"]])),
      [
        "PORT   STATE     SERVICE  DETAIL",
        "21     open",
        "22     open      ssh      SSH-2.0\\x1b[31m \\u202e",
        "23-24  closed             connection refused",
        "25     filtered           timed out",
        "26     filtered           no route to host",
        "28     filtered           no route to host",
        "29     open               connection reset by peer",
        ""
      ].join("\n")
    )
  })

  it("has a summary of how many ports are in each state", () => {
    assert.strictEqual(summary(found), "3 open, 2 closed, 3 filtered")
  })
})
