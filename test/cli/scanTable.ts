/** Rows for `scan`. */
import type { Row } from "./row.ts"
import { type Case, refused } from "./usageTable.ts"

const here = ["scan", "127.0.0.1", "{port}"]

const scan = (problem: string) => `effect-sockets scan: ${problem}; see effect-sockets scan --help`
const ports = (list: string, problem: string) => scan(`PORTS ${JSON.stringify(list)}: ${problem}`)
const neither = (item: string) => `"${item}" is not a port (1 to 65535) or a range such as 8000-8100`
const missing = "a port is missing; write ports as in 22,80,8000-8100"

const wrong: ReadonlyArray<Case> = [
  [["scan"], scan("missing argument: [HOST] PORTS")],
  [["scan", "localhost"], ports("localhost", neither("localhost"))],
  [["scan", "localhost", ""], ports("", missing)],
  [["scan", "22,,80"], ports("22,,80", missing)],
  [["scan", "22,0"], ports("22,0", neither("0"))],
  [["scan", "65536"], ports("65536", neither("65536"))],
  [["scan", "-80"], ports("-80", neither("-80"))],
  [["scan", "90-80"], ports("90-80", '"90-80" starts with the higher port; write 80-90')],
  [["scan", "80\x1b[31m"], ports("80\x1b[31m", neither("80\\u001b[31m")).replaceAll("\x1b", "\\x1b")],
  [["scan", "22", "--concurrency", "0"], scan('--concurrency "0": use a positive whole number, such as 10')],
  [["scan", "unix:/run/x.sock", "22"], 'address "unix:/run/x.sock": use a name or an IP address, not a path'],
  [
    ["scan", "192.0.2.0/24", "22"],
    'address "192.0.2.0/24": the host must be a name or an IP address: no URL, no path, no prefix length'
  ],
  [["scan", "-6", "127.0.0.1", "22"], 'address "127.0.0.1": this is IPv4, but -6 allows only IPv6']
]

/** The output for the port of the peer alone. */
const one = (state: string, detail = ""): RegExp =>
  new RegExp(
    `^127\\.0\\.0\\.1: 1 ${state}\nPORT +STATE +SERVICE +DETAIL\n\\d+ +${state}(?: +[a-z][\\w-]*)?${detail && ` +${detail}`}\n$`
  )

export const scanRows: ReadonlyArray<Row> = [
  ...wrong.map(refused("call")),
  { name: "a port with a listener is open", words: here, peer: "saysNothing", stdout: one("open"), code: 0 },
  {
    name: "a port without a listener is closed",
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
  { name: "scans the loopback without a host", words: ["scan", "{port}"], peer: "stays", stdout: one("open"), code: 0 },
  {
    name: "scans the first address of a name",
    words: ["scan", "-4", "localhost", "{port}"],
    peer: "stays",
    stdout: /^localhost \(127\.0\.0\.1\): 1 open\n/,
    code: 0
  },
  {
    name: "-6 without a host scans the IPv6 loopback",
    words: ["scan", "-6", "{port}"],
    peer: "greetsIPv6",
    stdout: /^::1: 1 open\n/,
    code: 0,
    needs: ["IPv6"]
  },
  {
    name: "--banner shows the first line that a port sends by itself",
    words: [...here, "--banner"],
    peer: "lines",
    stdout: one("open", "220 here"),
    code: 0
  },
  {
    name: "--banner joins bytes that arrive one at a time, without a newline",
    words: [...here, "--banner"],
    peer: "byteAtATime",
    stdout: one("open", "Connection Established"),
    code: 0
  },
  {
    name: "--banner escapes control characters also in a pipe, because they would break the table",
    words: [...here, "--banner"],
    peer: "escapes",
    stdout: one("open", "a\\\\x09b"),
    code: 0
  },
  {
    name: "--banner shows invalid bytes as U+FFFD",
    words: [...here, "--banner"],
    peer: "notUtf8",
    stdout: one("open", "caf\ufffd au lait"),
    code: 0
  },
  {
    name: "--banner shows one line of a flood",
    words: [...here, "--banner"],
    peer: "floods",
    stdout: one("open", "Connection Established"),
    code: 0
  },
  {
    name: "--banner shows nothing if the port sends nothing within --timeout",
    words: [...here, "--banner", "--timeout=300ms"],
    peer: "saysNothing",
    stdout: one("open"),
    code: 0
  },
  {
    name: "a port that resets at once is open",
    words: [...here, "--banner"],
    peer: "resetsAtOnce",
    stdout: /^127\.0\.0\.1: 1 open\nPORT .*\n\d+ +open(?: .*)?\n$/,
    code: 0
  },
  {
    name: "--json prints one object per line, and reports the attempts on stderr",
    words: [...here, "--json", "--banner"],
    peer: "lines",
    stdout:
      /^\{"event":"port","address":"127\.0\.0\.1:(\d+)","port":\1,"state":"open",(?:"service":"[\w-]+",)?"banner":"220 here","millis":\d+\}\n\{"event":"scanned","host":"127\.0\.0\.1","address":"127\.0\.0\.1","open":1,"closed":0,"filtered":0,"unknown":0\}\n$/,
    stderr: /^\{"event":"attempt","address":"127\.0\.0\.1:\d+","outcome":"Connected","millis":\d+\}\n$/,
    code: 0
  },
  {
    name: "-v reports each attempt with its time",
    words: [...here, "-v"],
    peer: "deserted",
    stdout: one("closed", "connection refused \\(ECONNREFUSED\\)"),
    stderr: /^connect 127\.0\.0\.1:\d+: connection refused \(ECONNREFUSED\) after \d+ms\n$/,
    code: 0
  },
  {
    name: "shows its progress on a terminal",
    words: [...here, "--banner"],
    as: "terminal",
    peer: "lines",
    stdout: /1 of 1 port tried, 1 open, 0:0\d[^\w]*\[K\n127\.0\.0\.1: 1 open\n/,
    code: 0,
    needs: ["script"]
  },
  {
    name: "with too few descriptors, every port is tried",
    words: ["scan", "20000-20999", "--concurrency=900"],
    as: { sh: 'ulimit -n 256 && "$@" | grep -Ec "filtered|unknown"' },
    stdout: "0\n",
    code: 1
  },
  {
    name: "fails if the name does not exist",
    words: ["scan", "nosuch.invalid", "22"],
    as: "call",
    stderr:
      /^resolve "nosuch\.invalid": (name not found \(ENOTFOUND\)|temporary failure in name resolution \(EAI_AGAIN\))\n$/,
    code: 1
  },
  {
    name: "| head -1 ends it with 0 and no message",
    words: here,
    peer: "saysNothing",
    as: { sh: '{ "$@"; echo "exit $?" >&2; } | head -1' },
    stdout: "127.0.0.1: 1 open\n",
    stderr: "exit 0\n",
    code: 0
  },
  {
    name: "a full disk exits with 1 and one line",
    words: here,
    peer: "saysNothing",
    as: { sh: '"$@" > /dev/full' },
    stderr: "stdout: cannot be written (ENOSPC)\n",
    code: 1,
    needs: ["/dev/full"]
  }
]
