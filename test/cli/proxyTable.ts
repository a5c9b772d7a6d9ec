/** Rows for `proxy`. */
import type { Row } from "./row.ts"
import { type Case, refused } from "./usageTable.ts"

const here = ["proxy", ":0", ":{port}"]
const listening = /^listening on 127\.0\.0\.1:[1-9]\d*\n$/
const listens = ["wrote", "stderr", /^listening on .*\n/] as const
/** Needs `-v`. */
const ended = ["wrote", "stderr", /\nended .*\n$/] as const
const draining = /^listening on .*\ndraining: 1 connection left; press Ctrl-C again to quit now\n$/

const proxy = (problem: string) => `effect-sockets proxy: ${problem}; see effect-sockets proxy --help`
const port = (lowest: number) => `a port is a whole number from ${lowest} to 65535, such as 808`
const inBrackets = "write an IPv6 address in brackets and then the port, as in [::1]:808"

const wrong: ReadonlyArray<Case> = [
  [["proxy"], proxy("missing argument: LISTEN")],
  [["proxy", ":80"], proxy("missing argument: TARGET")],
  [["proxy", ":80", ":81", "--once"], proxy("unknown option --once")],
  [
    ["proxy", "80", ":81"],
    'address "80": not host:port; write an address such as localhost:808, [::1]:808 or unix:/run/x.sock'
  ],
  [["proxy", ":0", "localhost:"], 'address "localhost:": the port is missing; write host:port, such as localhost:808'],
  [["proxy", ":0", ":0"], `address "0": ${port(1)}`],
  [["proxy", ":65536", ":81"], `address ":65536": ${port(0)}`],
  [["proxy", "::1:0", ":81"], `address "::1:0": ${inBrackets}`],
  [["proxy", ":0", "http://x:80"], 'address "http://x:80": this is a URL; write host:port, such as localhost:808'],
  [["proxy", "unix:", ":81"], 'address "unix:": write the path after unix:, such as unix:/run/x.sock'],
  [["proxy", "-6", ":0", "127.0.0.1:81"], 'address "127.0.0.1": this is IPv4, but -6 allows only IPv6']
]

export const proxyRows: ReadonlyArray<Row> = [
  ...wrong.map(refused("call")),
  {
    name: "forwards the answers of the target, also after the end of a client; SIGTERM exits with 0",
    words: here,
    peer: "counts",
    steps: [
      ["asks", "hello\n", "6 bytes came\n"],
      ["asks", "", "0 bytes came\n"],
      ["signal", "SIGTERM"]
    ],
    stderr: listening,
    code: 0
  },
  {
    name: "SIGINT without a client exits with 0",
    words: here,
    peer: "echoes",
    steps: [listens, ["signal", "SIGINT"]],
    stderr: listening,
    code: 0
  },
  {
    name: "forwards from a Unix socket to another one, and removes its path at the end",
    words: ["proxy", "unix:{folder}/proxy", "unix:{path}"],
    peer: "echoesAtPath",
    steps: [
      ["asks", "hello\n", "hello\n"],
      ["signal", "SIGTERM"]
    ],
    stderr: "listening on unix:{folder}/proxy\n",
    code: 0
  },
  {
    name: "forwards from IPv4 to IPv6",
    words: ["proxy", "127.0.0.1:0", "[::1]:{port}"],
    peer: "echoesIPv6",
    steps: [
      ["asks", "hello\n", "hello\n"],
      ["signal", "SIGTERM"]
    ],
    stderr: listening,
    code: 0,
    needs: ["IPv6"]
  },
  {
    name: "-6 uses the IPv6 loopback for both addresses",
    words: ["proxy", "-6", ":0", ":{port}"],
    peer: "echoesIPv6",
    steps: [
      ["asks", "hello\n", "hello\n"],
      ["signal", "SIGTERM"]
    ],
    stderr: /^listening on \[::1\]:\d+\n$/,
    code: 0,
    needs: ["IPv6"]
  },
  {
    name: "resets each client and reports it if nothing listens on the target",
    words: [...here, "-v"],
    peer: "deserted",
    steps: [["isReset"], ["isReset"], ["wrote", "stderr", /\nended .*\n(?:.*\n)*ended .*\n$/], ["signal", "SIGTERM"]],
    stderr:
      /\nconnection 1: connect (.*: connection refused \(ECONNREFUSED\))\n(?:.*\n)*connection 2: connect \1\n(?:.*\n)*ended .*\n$/,
    code: 0
  },
  {
    name: "resets the client if the path of the target does not exist",
    words: ["proxy", ":0", "unix:{path}", "-v"],
    peer: "missingPath",
    steps: [["isReset"], ended, ["signal", "SIGTERM"]],
    stderr: /\nconnection 1: connect unix:.*: no such file \(ENOENT\)\nconnection 1: .*\nended .*\n$/,
    code: 0
  },
  {
    name: "resets the client if connecting to the target takes longer than --timeout",
    words: [...here, "--timeout=300ms", "-v"],
    peer: "fullPort",
    steps: [["isReset"], ended, ["signal", "SIGTERM"]],
    stderr: /\nconnection 1: connect .*: timed out after 300ms\nconnection 1: .*\nended .*\n$/,
    code: 0,
    needs: ["python3"]
  },
  {
    name: "resets the client if the target resets, after the bytes received before; -v reports it",
    words: [...here, "-v"],
    peer: "resetsLater",
    steps: [["chats", "", "Connection Est"], ["go"], ended, ["signal", "SIGTERM"]],
    stderr:
      /^listening on .*\naccepted (.*)\nconnect (.*): connected after \d+ms\nconnection 1: forwarding \1 to \2\nconnection 1: recv \2: connection reset by peer \(ECONNRESET\)\nconnection 1: 0 bytes to the target, 14 bytes back; 0 connections open, 1 in total\nended \1: Succeeded, 0 bytes received, 14 bytes sent, \d+ms\n$/,
    code: 0
  },
  {
    name: "keeps serving after a client resets",
    words: here,
    peer: "echoes",
    steps: [["resets"], ["asks", "hello", "hello"], ["signal", "SIGTERM"]],
    stderr: listening,
    code: 0
  },
  {
    name: "--hexdump shows every byte on stderr, and no character that a terminal obeys",
    words: [...here, "--hexdump"],
    peer: "escapes",
    steps: [
      ["asks", "hello, world, here I am\n", "a\tb\n\x1b]0;title\x07\r\x7f\x9b31m \u202eabc\u2069 é"],
      ["signal", "SIGTERM"]
    ],
    stderr: /^listening on .*\n(?:1 [<>] [0-9a-f]{8} {2}[0-9a-f ]{47} {2}\|[\x20-\x7e]{1,16}\|\n){5}$/,
    code: 0
  },
  {
    name: "--json reports events as JSON",
    words: [...here, "--json", "--hexdump"],
    peer: "counts",
    steps: [
      ["wrote", "stderr", /^\{"event":"listening","address":"127\.0\.0\.1:\d+"\}\n$/],
      ["signal", "SIGTERM"]
    ],
    stderr: /^\{"event":"listening","address":"127\.0\.0\.1:\d+"\}\n$/,
    code: 0
  },
  {
    name: "--idle resets an idle client",
    words: [...here, "--idle=300ms", "-v"],
    peer: "saysNothing",
    steps: [["isReset"], ended, ["signal", "SIGTERM"]],
    stderr: /\nconnection 1: 127\.0\.0\.1:\d+: idle for 300ms\nconnection 1: 0 bytes .*\nended .*\n$/,
    code: 0
  },
  {
    name: "after a signal, it waits for its client, and exits with 0",
    words: here,
    peer: "echoes",
    steps: [
      ["chats", "hello", "hello"],
      ["signal", "SIGINT"],
      ["wrote", "stderr", /draining/],
      ["refuses"],
      ["leaves"]
    ],
    stderr: draining,
    code: 0
  },
  {
    name: "a second signal ends it with exit code 130",
    words: here,
    peer: "echoes",
    steps: [
      ["chats", "hello", "hello"],
      ["signal", "SIGTERM"],
      ["wrote", "stderr", /draining/],
      ["signal", "SIGTERM"]
    ],
    stderr: draining,
    code: 130
  },
  {
    name: "fails if the port is in use",
    words: ["proxy", "127.0.0.1:{port}", ":1"],
    peer: "greets",
    stderr: "listen 127.0.0.1:{port}: address already in use (EADDRINUSE)\n",
    code: 1
  }
]
