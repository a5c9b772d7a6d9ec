/** The rows of `client` that fail or are told to end. `--idle` is long where it is not the point. */
import type { Row } from "./row.ts"

const here = ["client", "--idle=1m", "127.0.0.1", "{port}"]

export const failureRows: ReadonlyArray<Row> = [
  {
    name: "a port where nobody listens",
    words: here,
    peer: "deserted",
    stderr: "connect 127.0.0.1:{port}: connection refused (ECONNREFUSED)\n",
    code: 1
  },
  // Without a name server nobody knows whether there is such a name.
  {
    name: "a name that does not exist",
    words: ["client", "nosuch.invalid"],
    stderr:
      /^resolve "nosuch\.invalid": (name not found \(ENOTFOUND\)|temporary failure in name resolution \(EAI_AGAIN\))\n$/,
    code: 1
  },
  {
    name: "a path where nothing is",
    words: ["client", "unix:{path}"],
    peer: "missingPath",
    stderr: "connect unix:{path}: no such file (ENOENT)\n",
    code: 1
  },
  {
    name: "a path that nobody listens on any more",
    words: ["client", "unix:{path}"],
    peer: "stalePath",
    stderr: "connect unix:{path}: connection refused (ECONNREFUSED)\n",
    code: 1
  },
  {
    name: "a plain file as a path",
    words: ["client", "unix:{path}"],
    peer: "plainFile",
    stderr: "connect unix:{path}: connection refused (ECONNREFUSED)\n",
    code: 1
  },
  {
    name: "a path over 107 bytes",
    words: ["client", `unix:/${"x".repeat(107)}`],
    as: "call",
    stderr: /^address "\/x{78}\.\.\.: .*107.*\n$/,
    code: 2
  },
  {
    name: "a peer that resets at once",
    words: here,
    peer: "resetsAtOnce",
    stderr: /^(connect|recv) 127\.0\.0\.1:\d+: connection reset by peer \(ECONNRESET\)\n$/,
    code: 1
  },
  {
    name: "a peer that resets later: what came before it, and a newline",
    words: here,
    peer: "resetsLater",
    steps: [["wrote", "stdout", /Connection Est/], ["go"]],
    stdout: "Connection Est\n",
    stderr: "recv 127.0.0.1:{port}: connection reset by peer (ECONNRESET)\n",
    code: 1
  },
  {
    name: "--timeout passes while connecting: exit 124",
    words: ["client", "--timeout", "300ms", "127.0.0.1", "{port}"],
    peer: "fullPort",
    stderr: "connect 127.0.0.1:{port}: timed out after 300ms\n",
    code: 124,
    needs: ["python3"]
  },
  {
    name: "a path whose listener's backlog is full",
    words: ["client", "unix:{path}"],
    peer: "fullPath",
    stderr: "connect unix:{path}: the listener's backlog is full (EAGAIN)\n",
    code: 1,
    needs: ["python3"]
  },
  {
    name: "--timeout passes before the first byte: exit 124",
    words: ["client", "--timeout", "1s", "127.0.0.1", "{port}"],
    peer: "saysNothing",
    stderr: "recv 127.0.0.1:{port}: timed out after 1s\n",
    code: 124
  },
  {
    name: "--timeout passes before the first byte with --once: exit 124",
    words: ["client", "--once", "--timeout", "1s", "127.0.0.1", "{port}"],
    peer: "saysNothing",
    stderr: "recv 127.0.0.1:{port}: timed out after 1s\n",
    code: 124
  },
  {
    name: "--idle passes after the first byte: the end of the message, exit 0, and a note",
    words: ["client", "127.0.0.1", "{port}", "--idle", "250ms"],
    peer: "stays",
    stdout: "still here\n",
    stderr: "recv 127.0.0.1:{port}: no more for 250ms; the peer is still open\n",
    code: 0
  }
]

export const signalRows: ReadonlyArray<Row> = [
  {
    name: "SIGINT before the first byte: exit 130, quietly",
    words: here,
    peer: "saysNothing",
    steps: [["connected"], ["signal", "SIGINT"]],
    code: 130
  },
  {
    name: "SIGTERM before the first byte: exit 143, quietly",
    words: here,
    peer: "saysNothing",
    steps: [["connected"], ["signal", "SIGTERM"]],
    code: 143
  },
  {
    name: "SIGINT after some of it: exit 130, and that much",
    words: here,
    peer: "stays",
    steps: [
      ["wrote", "stdout", /still here/],
      ["signal", "SIGINT"]
    ],
    stdout: "still here",
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
    name: "SIGINT twice: exit 130",
    words: here,
    peer: "saysNothing",
    steps: [["connected"], ["signal", "SIGINT", "SIGINT"]],
    code: 130
  },
  {
    name: "SIGINT in a flood: exit 130",
    words: [...here, "--max-bytes=9007199254740991"],
    peer: "floods",
    steps: [
      ["wrote", "stdout", /Connection/],
      ["signal", "SIGINT"]
    ],
    stdout: /^(Connection Established\n)+/,
    code: 130
  }
]
