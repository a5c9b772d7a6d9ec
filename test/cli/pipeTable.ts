/** The rows of `pipe` that connect. */
import type { Row } from "./row.ts"

const here = ["pipe", "127.0.0.1", "{port}"]
const code = '{ "$@"; echo "exit $?" >&2; }'

/** A reader takes a line and no more, and ends it: it says its number in a file. */
const stalled = `f=$(mktemp)
{ sh -c 'echo $$ > "$0"; exec "$@"' "$f" "$@"; echo "exit $?" >&2; } | {
  read -r line; echo "$line"; pid=$(cat "$f"); rm "$f"; kill -TERM "$pid"; while kill -0 "$pid"; do :; done 2> /dev/null
}`

const reset = "recv 127.0.0.1:{port}: connection reset by peer (ECONNRESET)\n"

export const movingRows: ReadonlyArray<Row> = [
  { name: "what goes comes back", words: here, peer: "echoes", stdin: "hello\n", stdout: "hello\n", code: 0 },
  {
    name: "bytes are bytes, there and back",
    words: here,
    peer: "echoes",
    as: { sh: "printf '\\000\\377\\200\\r\\n\\303' | \"$@\" | od -An -tx1" },
    stdout: " 00 ff 80 0d 0a c3\n",
    code: 0
  },
  {
    name: "3 MB come back as they went",
    words: here,
    peer: "echoes",
    as: { sh: 'test "$(seq 1 450000 | "$@" | cksum)" = "$(seq 1 450000 | cksum)"' },
    code: 0
  },
  {
    name: "a late answer after the end of stdin is not lost",
    words: here,
    peer: "counts",
    stdin: "hello\n",
    stdout: "6 bytes came\n",
    code: 0
  },
  {
    name: "nothing on stdin is nothing, and the end",
    words: here,
    peer: "counts",
    stdin: "",
    stdout: "0 bytes came\n",
    code: 0
  },
  {
    name: "stdin closed from the start is the same",
    words: here,
    peer: "counts",
    as: { sh: '"$@" <&-' },
    stdout: "0 bytes came\n",
    code: 0
  },
  {
    name: "what a person types goes line by line",
    words: here,
    peer: "echoes",
    steps: [
      ["types", "one\n"],
      ["wrote", "stdout", /^one\n$/],
      ["types", "two\n"],
      ["wrote", "stdout", /two\n$/],
      ["stdinEnds"]
    ],
    stdout: "one\ntwo\n",
    code: 0
  },
  {
    name: "the peer's end is the end: exit 0, without waiting for stdin, and nothing is added",
    words: here,
    peer: "greets",
    stdout: "Connection Established",
    code: 0
  },
  {
    name: "200 MiB come at the pace of whoever takes them",
    words: here,
    peer: "sends200MiB",
    as: { sh: '"$@" | wc -c' },
    steps: [["connected"], ["go"]],
    stdout: /^\s*209715200\n$/,
    code: 0
  },
  {
    name: "a Unix socket",
    words: ["pipe", "unix:{path}"],
    peer: "echoesAtPath",
    stdin: "hello\n",
    stdout: "hello\n",
    code: 0
  },
  {
    name: "-6",
    words: ["pipe", "-6", "::1", "{port}"],
    peer: "echoesIPv6",
    stdin: "hello\n",
    stdout: "hello\n",
    code: 0,
    needs: ["IPv6"]
  },
  {
    name: "-4 of a name",
    words: ["pipe", "localhost", "-4", "{port}"],
    peer: "echoes",
    stdin: "hello\n",
    stdout: "hello\n",
    code: 0
  },
  {
    name: "-v: each attempt with its time, and the sums",
    words: [...here, "-v"],
    peer: "echoes",
    stdin: "hello\n",
    stdout: "hello\n",
    stderr: /^connect 127\.0\.0\.1:\d+: connected after \d+ms\nended 127\.0\.0\.1:\d+: 6 bytes sent, 6 received\n$/,
    code: 0
  },
  {
    name: "--json: the same as JSON on stderr, and the bytes on stdout",
    words: [...here, "--json"],
    peer: "echoes",
    stdin: "hello\n",
    stdout: "hello\n",
    stderr:
      /^\{"event":"attempt","address":"127\.0\.0\.1:\d+","outcome":"Connected","millis":\d+\}\n\{"event":"ended","address":"127\.0\.0\.1:\d+","sent":6,"received":6\}\n$/,
    code: 0
  }
]

export const endingRows: ReadonlyArray<Row> = [
  {
    name: "a reset is exit 1, after what came before it and nothing added",
    words: here,
    peer: "resetsLater",
    steps: [["wrote", "stdout", /Connection Est/], ["go"]],
    stdout: "Connection Est",
    stderr: reset,
    code: 1
  },
  {
    name: "a port where nobody listens",
    words: here,
    peer: "deserted",
    stderr: "connect 127.0.0.1:{port}: connection refused (ECONNREFUSED)\n",
    code: 1
  },
  {
    name: "--json: an error as JSON",
    words: [...here, "--json"],
    peer: "deserted",
    stderr:
      /^\{"event":"attempt",.*"outcome":"Refused","code":"ECONNREFUSED",.*\}\n\{"event":"error","error":"ConnectError","reason":"Refused","code":"ECONNREFUSED","message":"connect 127\.0\.0\.1:\d+: connection refused \(ECONNREFUSED\)","exit":1\}\n$/,
    code: 1
  },
  {
    name: "--eof ignore: the end of stdin does nothing",
    words: [...here, "--eof", "ignore"],
    peer: "speaksLate",
    stdin: "",
    steps: [["connected"], ["go"]],
    stdout: "late\n",
    code: 0
  },
  {
    name: "--eof ignore, and a peer that waits for the end: --idle ends it, exit 124",
    words: [...here, "--eof=ignore", "--idle=300ms"],
    peer: "counts",
    stdin: "hello",
    stderr: "127.0.0.1:{port}: nothing came or went for 300ms\n",
    code: 124
  },
  {
    name: "--eof close: the end of stdin ends all",
    words: [...here, "--eof", "close"],
    peer: "saysNothing",
    stdin: "hello\n",
    code: 0
  },
  {
    name: "--timeout passes while connecting: exit 124",
    words: [...here, "--timeout", "300ms"],
    peer: "fullPort",
    stderr: "connect 127.0.0.1:{port}: timed out after 300ms\n",
    code: 124,
    needs: ["python3"]
  },
  {
    name: "a file of which the peer did not wait for all: exit 0, and what was left",
    words: here,
    peer: "greets",
    as: { sh: 'f=$(mktemp); truncate -s 100000000 "$f"; "$@" < "$f"; c=$?; rm "$f"; exit $c' },
    stdout: "Connection Established",
    stderr: /^127\.0\.0\.1:\d+: the peer ended; \d+ bytes of stdin were not sent\n$/,
    code: 0
  },
  {
    name: "a directory as stdin is no empty file: exit 1",
    words: here,
    peer: "saysNothing",
    as: { sh: '"$@" < /' },
    stderr: "stdin: cannot be read (EISDIR)\n",
    code: 1
  },
  {
    name: "| head -c 5 of a flood ends it quietly, exit 0",
    words: here,
    peer: "floods",
    as: { sh: `${code} | head -c 5` },
    stdout: "Conne",
    stderr: "exit 0\n",
    code: 0
  },
  {
    name: "a full disk: one line, exit 1",
    words: here,
    peer: "greets",
    as: { sh: '"$@" > /dev/full' },
    stderr: "stdout: cannot be written (ENOSPC)\n",
    code: 1,
    needs: ["/dev/full"]
  },
  {
    name: "SIGINT: exit 130, quietly",
    words: here,
    peer: "saysNothing",
    steps: [["connected"], ["signal", "SIGINT"]],
    code: 130
  },
  {
    name: "SIGTERM after some of it: exit 143, and that much",
    words: here,
    peer: "stays",
    steps: [
      ["wrote", "stdout", /still here/],
      ["signal", "SIGTERM"]
    ],
    stdout: "still here",
    code: 143
  },
  {
    name: "SIGINT in a flood: exit 130",
    words: here,
    peer: "floods",
    steps: [
      ["wrote", "stdout", /Connection/],
      ["signal", "SIGINT"]
    ],
    stdout: /^(Connection Established\n)+/,
    code: 130
  },
  {
    name: "SIGTERM while nobody takes what it writes: exit 143",
    words: here,
    peer: "floods",
    as: { sh: stalled },
    stdout: "Connection Established\n",
    stderr: "exit 143\n",
    code: 0
  }
]
