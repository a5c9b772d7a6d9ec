/** The rows of `scan`. */
import type { Row } from "./row.ts"
import { type Case, refused } from "./usageTable.ts"

const here = ["scan", "127.0.0.1", "{port}"]

const scan = (problem: string) => `effect-sockets scan: ${problem}; see effect-sockets scan --help`
const ports = (list: string, problem: string) => scan(`PORTS ${JSON.stringify(list)}: ${problem}`)
const neither = (item: string) => `"${item}" is neither a port from 1 to 65535 nor a range such as 8000-8100`
const missing = "a port is missing: they are written as in 22,80,8000-8100"

const wrong: ReadonlyArray<Case> = [
  [["scan"], scan("Missing argument <[HOST] PORTS>")],
  [["scan", "localhost"], ports("localhost", neither("localhost"))],
  [["scan", "localhost", ""], ports("", missing)],
  [["scan", "22,,80"], ports("22,,80", missing)],
  [["scan", "22,0"], ports("22,0", neither("0"))],
  [["scan", "65536"], ports("65536", neither("65536"))],
  [["scan", "-80"], ports("-80", neither("-80"))],
  [["scan", "90-80"], ports("90-80", '"90-80" goes down: a range begins with its lowest port')],
  [["scan", "80\x1b[31m"], ports("80\x1b[31m", neither("80\\u001b[31m")).replaceAll("\x1b", "\\x1b")],
  [["scan", "22", "--concurrency", "0"], scan('--concurrency "0": a positive whole number goes here, such as 10')],
  [["scan", "unix:/run/x.sock", "22"], 'address "unix:/run/x.sock": a path, where a host is asked for'],
  [
    ["scan", "192.0.2.0/24", "22"],
    'address "192.0.2.0/24": a name or an IP address goes here: no URL, no path, no prefix length'
  ],
  [["scan", "-6", "127.0.0.1", "22"], 'address "127.0.0.1": this is IPv4, and IPv6 was asked for']
]

/** A port of the peer, and what is said of it. */
const one = (state: string, detail = ""): RegExp =>
  new RegExp(
    `^127\\.0\\.0\\.1: 1 ${state}\nPORT +STATE +SERVICE +DETAIL\n\\d+ +${state}(?: +[a-z][\\w-]*)?${detail && ` +${detail}`}\n$`
  )

export const scanRows: ReadonlyArray<Row> = [
  ...wrong.map(refused("call")),
  { name: "a port where somebody listens is open", words: here, peer: "saysNothing", stdout: one("open"), code: 0 },
  {
    name: "a port where nobody does is closed",
    words: here,
    peer: "deserted",
    stdout: one("closed", "connection refused \\(ECONNREFUSED\\)"),
    code: 0
  },
  {
    name: "a port that does not answer is filtered",
    words: [...here, "--timeout=300ms"],
    peer: "fullPort",
    stdout: one("filtered", "timed out after 300ms"),
    code: 0,
    needs: ["python3"]
  },
  { name: "without a host it is the loopback", words: ["scan", "{port}"], peer: "stays", stdout: one("open"), code: 0 },
  {
    name: "a name is its first address",
    words: ["scan", "-4", "localhost", "{port}"],
    peer: "stays",
    stdout: /^localhost \(127\.0\.0\.1\): 1 open\n/,
    code: 0
  },
  {
    name: "-6 without a host is the loopback of IPv6",
    words: ["scan", "-6", "{port}"],
    peer: "greetsIPv6",
    stdout: /^::1: 1 open\n/,
    code: 0,
    needs: ["IPv6"]
  },
  {
    name: "--banner: what a port says without being asked",
    words: [...here, "--banner"],
    peer: "lines",
    stdout: one("open", "220 here"),
    code: 0
  },
  {
    name: "--banner: a byte at a time, and no newline",
    words: [...here, "--banner"],
    peer: "byteAtATime",
    stdout: one("open", "Connection Established"),
    code: 0
  },
  {
    name: "--banner: escaped also where it goes to a pipe, or it would be no table",
    words: [...here, "--banner"],
    peer: "escapes",
    stdout: one("open", "a\\\\x09b"),
    code: 0
  },
  {
    name: "--banner: of what is no text, what there is",
    words: [...here, "--banner"],
    peer: "notUtf8",
    stdout: one("open", "caf\ufffd au lait"),
    code: 0
  },
  {
    name: "--banner: of a flood, no more than a line",
    words: [...here, "--banner"],
    peer: "floods",
    stdout: one("open", "Connection Established"),
    code: 0
  },
  {
    name: "--banner of who says nothing: none, when the time is up",
    words: [...here, "--banner", "--timeout=300ms"],
    peer: "saysNothing",
    stdout: one("open"),
    code: 0
  },
  {
    name: "who resets at once is open",
    words: [...here, "--banner"],
    peer: "resetsAtOnce",
    stdout: /^127\.0\.0\.1: 1 open\nPORT .*\n\d+ +open(?: .*)?\n$/,
    code: 0
  },
  {
    name: "--json: on stdout, an object a line; the attempts on stderr",
    words: [...here, "--json", "--banner"],
    peer: "lines",
    stdout:
      /^\{"event":"port","address":"127\.0\.0\.1:(\d+)","port":\1,"state":"open",(?:"service":"[\w-]+",)?"banner":"220 here","millis":\d+\}\n\{"event":"scanned","host":"127\.0\.0\.1","address":"127\.0\.0\.1","open":1,"closed":0,"filtered":0,"unknown":0\}\n$/,
    stderr: /^\{"event":"attempt","address":"127\.0\.0\.1:\d+","outcome":"Connected","millis":\d+\}\n$/,
    code: 0
  },
  {
    name: "-v: each attempt with its time",
    words: [...here, "-v"],
    peer: "deserted",
    stdout: one("closed", "connection refused \\(ECONNREFUSED\\)"),
    stderr: /^connect 127\.0\.0\.1:\d+: connection refused \(ECONNREFUSED\) after \d+ms\n$/,
    code: 0
  },
  {
    name: "on a terminal it says how far it has come",
    words: [...here, "--banner"],
    as: "terminal",
    peer: "lines",
    stdout: /1 of 1 ports, 1 open, 0:0\d[^\w]*\[K\n127\.0\.0\.1: 1 open\n/,
    code: 0,
    needs: ["script"]
  },
  {
    name: "too few descriptors for so many at a time: every port is tried all the same",
    words: ["scan", "20000-20999", "--concurrency=900"],
    as: { sh: 'ulimit -n 256 && "$@" | grep -Ec "filtered|unknown"' },
    stdout: "0\n",
    code: 1
  },
  {
    name: "a name that does not exist",
    words: ["scan", "nosuch.invalid", "22"],
    as: "call",
    stderr:
      /^resolve "nosuch\.invalid": (name not found \(ENOTFOUND\)|temporary failure in name resolution \(EAI_AGAIN\))\n$/,
    code: 1
  },
  {
    name: "| head -1 ends it quietly, exit 0",
    words: here,
    peer: "saysNothing",
    as: { sh: '{ "$@"; echo "exit $?" >&2; } | head -1' },
    stdout: "127.0.0.1: 1 open\n",
    stderr: "exit 0\n",
    code: 0
  },
  {
    name: "a full disk: one line, exit 1",
    words: here,
    peer: "saysNothing",
    as: { sh: '"$@" > /dev/full' },
    stderr: "stdout: cannot be written (ENOSPC)\n",
    code: 1,
    needs: ["/dev/full"]
  }
]
