/** Rows for `resolve` and `hostinfo`. */
import type { Row } from "./row.ts"
import { type Case, refused } from "./usageTable.ts"

const resolve = (problem: string) => `effect-sockets resolve: ${problem}; see effect-sockets resolve --help`
const hostinfo = (problem: string) => `effect-sockets hostinfo: ${problem}; see effect-sockets hostinfo --help`
const time = "use a number and a unit (ms, s, m or h), such as 250ms or 10s"

const wrongNames: ReadonlyArray<Case> = [
  [["resolve"], resolve("missing argument: NAME")],
  [["resolve", "a.test", "b.test"], resolve('unexpected argument "b.test"')],
  [["resolve", "--timeout", "5", "a.test"], resolve(`--timeout "5": ${time}`)],
  [["resolve", "-4", "-6", "a.test"], resolve("use -4 or -6, not both")],
  [["resolve", "-4", "::1"], 'address "::1": this is IPv6, but -4 allows only IPv4'],
  [["resolve", "unix:/run/x.sock"], 'address "unix:/run/x.sock": use a name or an IP address, not a path'],
  [["resolve", "localhost:80"], 'address "localhost:80": the host must not contain the port; pass the port separately']
]

const unknown =
  /^resolve "nosuch\.invalid": (name not found \(ENOTFOUND\)|temporary failure in name resolution \(EAI_AGAIN\))\n$/

export const resolveRows: ReadonlyArray<Row> = [
  ...wrongNames.map(refused("call")),
  {
    name: "prints the addresses of a name, one per line",
    words: ["resolve", "localhost"],
    stdout: /^(?:(?:127\.0\.0\.1|::1)\n)+$/,
    code: 0
  },
  { name: "-4 prints the IPv4 addresses", words: ["resolve", "localhost", "-4"], stdout: "127.0.0.1\n", code: 0 },
  { name: "prints the name of an address", words: ["resolve", "127.0.0.1"], stdout: /^[\w.-]+\n$/, code: 0 },
  {
    name: "--json prints one object",
    words: ["resolve", "--json", "-4", "localhost"],
    stdout: '{"event":"resolved","name":"localhost","addresses":["127.0.0.1"]}\n',
    stderr: /^\{"event":"answered","name":"localhost","millis":\d+\}\n$/,
    code: 0
  },
  {
    name: "-v reports how long the answer took",
    words: ["resolve", "-v", "-4", "localhost"],
    stdout: "127.0.0.1\n",
    stderr: /^resolve localhost: answered after \d+ms\n$/,
    code: 0
  },
  { name: "fails if the name does not exist", words: ["resolve", "nosuch.invalid"], stderr: unknown, code: 1 },
  {
    name: "a full disk exits with 1 and one line",
    words: ["resolve", "localhost"],
    as: { sh: '"$@" > /dev/full' },
    stderr: "stdout: cannot be written (ENOSPC)\n",
    code: 1,
    needs: ["/dev/full"]
  }
]

const wrongInfo: ReadonlyArray<Case> = [
  [["hostinfo", "x"], hostinfo('unexpected argument "x"')],
  [["hostinfo", "-6", "-4"], hostinfo("use -4 or -6, not both")],
  [["hostinfo", "--timeout", "x"], hostinfo(`--timeout "x": ${time}`)]
]

export const hostinfoRows: ReadonlyArray<Row> = [
  ...wrongInfo.map(refused("call")),
  {
    name: "prints names, interfaces and descriptors",
    words: ["hostinfo"],
    stdout:
      /^hostname +\S+\nfqdn +\S+\naddresses +\S.*\n(?:\S+ +\S.*\n)*lo\S* +127\.0\.0\.1\/8.*\n(?:\S+ +\S.*\n)*descriptors +\S.*\n$/,
    code: 0
  },
  {
    name: "-6 prints no IPv4 address",
    words: ["hostinfo", "-6"],
    stdout: /^hostname +\S+\n(?:(?!.*127\.0\.0\.1\/8).*\n)*descriptors +\S.*\n$/,
    code: 0
  },
  {
    name: "--json prints one object",
    words: ["hostinfo", "--json"],
    stdout: /^\{"event":"hostinfo","hostname":"[^"]+","fqdn":"[^"]+","addresses":\[.*"interfaces":\[\{"name":.*\]\}\n$/,
    code: 0
  },
  {
    name: "| head -1 ends it with 0 and no message",
    words: ["hostinfo"],
    as: { sh: '{ "$@"; echo "exit $?" >&2; } | head -1' },
    stdout: /^hostname +\S+\n$/,
    stderr: "exit 0\n",
    code: 0
  }
]
