/** Rows for a `pipe` that connects. */
import type { Row } from "./row.ts"

const here = ["pipe", "127.0.0.1", "{port}"]
const code = '{ "$@"; echo "exit $?" >&2; }'

/** A reader takes one line, then stops reading and sends SIGTERM to the pipe, whose process id is in a file. */
const stalled = `f=$(mktemp)
{ sh -c 'echo $$ > "$0"; exec "$@"' "$f" "$@"; echo "exit $?" >&2; } | {
  read -r line; echo "$line"; pid=$(cat "$f"); rm "$f"; kill -TERM "$pid"; while kill -0 "$pid"; do :; done 2> /dev/null
}`

/** Sends 3 MB with this command to a second pipe, which ends its half at once, and compares what that pipe received. */
const sentTo = (sender: string) => `d=$(mktemp -d); mkfifo "$d/said"; seq 1 450000 > "$d/file"
"$@" --listen 127.0.0.1 0 < /dev/null > "$d/copy" 2> "$d/said" & read -r line < "$d/said"
set -- "$@" 127.0.0.1 "\${line##*:}"; ${sender}; c=$?; wait $! && cmp "$d/file" "$d/copy" && rm -r "$d" && exit $c`

const reset = "recv 127.0.0.1:{port}: connection reset by peer (ECONNRESET)\n"

export const movingRows: ReadonlyArray<Row> = [
  {
    name: "prints what an echo server sends back",
    words: here,
    peer: "echoes",
    stdin: "hello\n",
    stdout: "hello\n",
    code: 0
  },
  {
    name: "changes no byte, in either direction",
    words: here,
    peer: "echoes",
    as: { sh: "printf '\\000\\377\\200\\r\\n\\303' | \"$@\" | od -An -tx1" },
    stdout: " 00 ff 80 0d 0a c3\n",
    code: 0
  },
  {
    name: "3 MB come back unchanged",
    words: here,
    peer: "echoes",
    as: { sh: 'test "$(seq 1 450000 | "$@" | cksum)" = "$(seq 1 450000 | cksum)"' },
    code: 0
  },
  {
    name: "prints a late answer after the end of stdin",
    words: here,
    peer: "counts",
    stdin: "hello\n",
    stdout: "6 bytes came\n",
    code: 0
  },
  {
    name: "an empty stdin sends no byte and ends our half",
    words: here,
    peer: "counts",
    stdin: "",
    stdout: "0 bytes came\n",
    code: 0
  },
  {
    name: "a stdin that is closed from the start is empty",
    words: here,
    peer: "counts",
    as: { sh: '"$@" <&-' },
    stdout: "0 bytes came\n",
    code: 0
  },
  {
    name: "sends each line when it is typed",
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
    name: "exits with 0 when the peer and stdin have ended, and adds nothing",
    words: here,
    peer: "greets",
    steps: [["wrote", "stdout", /Established$/], ["stdinEnds"]],
    stdout: "Connection Established",
    code: 0
  },
  {
    name: "sends 3 MB of a pipe to a pipe whose stdin ended at once",
    words: ["pipe"],
    as: { sh: sentTo('cat "$d/file" | "$@"') },
    code: 0
  },
  {
    name: "sends 3 MB of a file to a pipe whose stdin ended at once",
    words: ["pipe"],
    as: { sh: sentTo('"$@" < "$d/file"') },
    code: 0
  },
  {
    name: "200 MiB arrive at the pace of the reader of stdout",
    words: here,
    peer: "sends200MiB",
    as: { sh: '"$@" | wc -c' },
    steps: [["connected"], ["go"], ["stdinEnds"]],
    stdout: /^\s*209715200\n$/,
    code: 0
  },
  {
    name: "connects to a Unix socket",
    words: ["pipe", "unix:{path}"],
    peer: "echoesAtPath",
    stdin: "hello\n",
    stdout: "hello\n",
    code: 0
  },
  {
    name: "-6 connects to an IPv6 address",
    words: ["pipe", "-6", "::1", "{port}"],
    peer: "echoesIPv6",
    stdin: "hello\n",
    stdout: "hello\n",
    code: 0,
    needs: ["IPv6"]
  },
  {
    name: "-4 connects to the IPv4 address of a name",
    words: ["pipe", "localhost", "-4", "{port}"],
    peer: "echoes",
    stdin: "hello\n",
    stdout: "hello\n",
    code: 0
  },
  {
    name: "-v reports each attempt with its time, and the bytes moved",
    words: [...here, "-v"],
    peer: "echoes",
    stdin: "hello\n",
    stdout: "hello\n",
    stderr:
      /^connect 127\.0\.0\.1:\d+: connected after \d+ms\nended 127\.0\.0\.1:\d+: 6 bytes sent, 6 bytes received\n$/,
    code: 0
  },
  {
    name: "--json reports the same as JSON on stderr, and leaves the bytes on stdout",
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
    name: "a reset exits with 1, after the bytes received before it, and adds nothing",
    words: here,
    peer: "resetsLater",
    steps: [["wrote", "stdout", /Connection Est/], ["go"]],
    stdout: "Connection Est",
    stderr: reset,
    code: 1
  },
  {
    name: "fails if nothing listens on the port",
    words: here,
    peer: "deserted",
    stderr: "connect 127.0.0.1:{port}: connection refused (ECONNREFUSED)\n",
    code: 1
  },
  {
    name: "--json reports an error as JSON",
    words: [...here, "--json"],
    peer: "deserted",
    stderr:
      /^\{"event":"attempt",.*"outcome":"Refused","code":"ECONNREFUSED",.*\}\n\{"event":"error","error":"ConnectError","reason":"Refused","code":"ECONNREFUSED","message":"connect 127\.0\.0\.1:\d+: connection refused \(ECONNREFUSED\)","exit":1\}\n$/,
    code: 1
  },
  {
    name: "--eof ignore keeps the connection open at the end of stdin",
    words: [...here, "--eof", "ignore"],
    peer: "speaksLate",
    stdin: "",
    steps: [["connected"], ["go"]],
    stdout: "late\n",
    code: 0
  },
  {
    name: "--eof ignore with a peer that waits for the end exits with 124 when --idle passes",
    words: [...here, "--eof=ignore", "--idle=300ms"],
    peer: "counts",
    stdin: "hello",
    stderr: "127.0.0.1:{port}: idle for 300ms\n",
    code: 124
  },
  {
    name: "--eof close closes the connection at the end of stdin",
    words: [...here, "--eof", "close"],
    peer: "saysNothing",
    stdin: "hello\n",
    code: 0
  },
  {
    name: "exits with 124 if --timeout passes while connecting",
    words: [...here, "--timeout", "300ms"],
    peer: "fullPort",
    stderr: "connect 127.0.0.1:{port}: timed out after 300ms\n",
    code: 124,
    needs: ["python3"]
  },
  {
    name: "exits with 1 and reports the unsent bytes if the peer closes before a whole file is sent",
    words: here,
    peer: "greetsAndCloses",
    as: { sh: 'f=$(mktemp); truncate -s 100000000 "$f"; "$@" < "$f"; c=$?; rm "$f"; exit $c' },
    stdout: "Connection Established",
    stderr: /^127\.0\.0\.1:\d+: \d+ bytes of stdin were not sent\n(send|recv) 127\.0\.0\.1:\d+: [^\n]+\n$/,
    code: 1
  },
  {
    name: "exits with 1 if stdin is a directory",
    words: here,
    peer: "saysNothing",
    as: { sh: '"$@" < /' },
    stderr: "stdin: cannot be read (EISDIR)\n",
    code: 1
  },
  {
    name: "| head -c 5 of a flood ends it with 0 and no message",
    words: here,
    peer: "floods",
    as: { sh: `${code} | head -c 5` },
    stdout: "Conne",
    stderr: "exit 0\n",
    code: 0
  },
  {
    name: "exits with 1 if the reader of stdout goes before a whole file is sent",
    words: here,
    peer: "echoes",
    as: { sh: `f=$(mktemp); truncate -s 100000000 "$f"; ${code} < "$f" | head -c 5 > /dev/null; rm "$f"` },
    stderr:
      /^127\.0\.0\.1:\d+: \d+ bytes of stdin were not sent\nstdout: cannot be written \((EPIPE|ECONNRESET)\)\nexit 1\n$/,
    code: 0
  },
  {
    name: "a full disk exits with 1 and one line",
    words: here,
    peer: "greets",
    as: { sh: '"$@" > /dev/full' },
    stderr: "stdout: cannot be written (ENOSPC)\n",
    code: 1,
    needs: ["/dev/full"]
  },
  {
    name: "SIGINT exits with 130 and no message",
    words: here,
    peer: "saysNothing",
    steps: [["connected"], ["signal", "SIGINT"]],
    code: 130
  },
  {
    name: "SIGTERM after some bytes keeps them and exits with 143",
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
    name: "SIGINT during a flood exits with 130",
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
    name: "SIGTERM while nothing reads stdout exits with 143",
    words: here,
    peer: "floods",
    as: { sh: stalled },
    stdout: "Connection Established\n",
    stderr: "exit 143\n",
    code: 0
  }
]
