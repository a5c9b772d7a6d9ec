/** Rows for a `client` that fails or gets a signal. `--idle` is long in rows that are not about it. */
import type { Row } from "./row.ts"

const here = ["client", "--idle=1m", "127.0.0.1", "{port}"]

export const failureRows: ReadonlyArray<Row> = [
  {
    name: "fails if nothing listens on the port",
    words: here,
    peer: "deserted",
    stderr: "connect 127.0.0.1:{port}: connection refused (ECONNREFUSED)\n",
    code: 1
  },
  {
    name: "fails if this machine does not have the address of --source",
    words: [...here, "--source", "192.0.2.1"],
    peer: "greets",
    stderr: "connect 127.0.0.1:{port} from 192.0.2.1: address not available on this machine (EADDRNOTAVAIL)\n",
    code: 1
  },
  {
    name: "fails if a listener uses --source-port",
    words: [...here, "--source-port", "{port}"],
    peer: "greets",
    stderr: "connect 127.0.0.1:{port} from port {port}: address already in use (EADDRINUSE)\n",
    code: 1
  },
  // Without a name server, the error is another one.
  {
    name: "fails if the name does not exist",
    words: ["client", "nosuch.invalid"],
    stderr:
      /^resolve "nosuch\.invalid": (name not found \(ENOTFOUND\)|temporary failure in name resolution \(EAI_AGAIN\))\n$/,
    code: 1
  },
  {
    name: "fails if the path does not exist",
    words: ["client", "unix:{path}"],
    peer: "missingPath",
    stderr: "connect unix:{path}: no such file (ENOENT)\n",
    code: 1
  },
  {
    name: "fails if no process listens on the path any more",
    words: ["client", "unix:{path}"],
    peer: "stalePath",
    stderr: "connect unix:{path}: connection refused (ECONNREFUSED)\n",
    code: 1
  },
  {
    name: "fails if the path is a plain file",
    words: ["client", "unix:{path}"],
    peer: "plainFile",
    stderr: "connect unix:{path}: connection refused (ECONNREFUSED)\n",
    code: 1
  },
  {
    name: "a path of more than 107 bytes exits with 2",
    words: ["client", `unix:/${"x".repeat(107)}`],
    as: "call",
    stderr: /^address "\/x{78}\.\.\.: .*107.*\n$/,
    code: 2
  },
  {
    name: "fails if the peer resets at once",
    words: here,
    peer: "resetsAtOnce",
    stderr: /^(connect|recv) 127\.0\.0\.1:\d+: connection reset by peer \(ECONNRESET\)\n$/,
    code: 1
  },
  {
    name: "a peer that resets later: prints the bytes received before and a newline, then fails",
    words: here,
    peer: "resetsLater",
    steps: [["wrote", "stdout", /Connection Est/], ["go"]],
    stdout: "Connection Est\n",
    stderr: "recv 127.0.0.1:{port}: connection reset by peer (ECONNRESET)\n",
    code: 1
  },
  {
    name: "exits with 124 if --timeout passes while connecting",
    words: ["client", "--timeout", "300ms", "127.0.0.1", "{port}"],
    peer: "fullPort",
    stderr: "connect 127.0.0.1:{port}: timed out after 300ms\n",
    code: 124,
    needs: ["python3"]
  },
  {
    name: "fails if the backlog of the listener on the path is full",
    words: ["client", "unix:{path}"],
    peer: "fullPath",
    stderr: "connect unix:{path}: the listener's backlog is full (EAGAIN)\n",
    code: 1,
    needs: ["python3"]
  },
  {
    name: "exits with 124 if --timeout passes before the first byte",
    words: ["client", "--timeout", "1s", "127.0.0.1", "{port}"],
    peer: "saysNothing",
    stderr: "recv 127.0.0.1:{port}: timed out after 1s\n",
    code: 124
  },
  {
    name: "exits with 124 if --timeout passes before the first byte with --once",
    words: ["client", "--once", "--timeout", "1s", "127.0.0.1", "{port}"],
    peer: "saysNothing",
    stderr: "recv 127.0.0.1:{port}: timed out after 1s\n",
    code: 124
  },
  {
    name: "exits with 0 and a message if --idle passes after the first byte",
    words: ["client", "127.0.0.1", "{port}", "--idle", "250ms"],
    peer: "stays",
    stdout: "still here\n",
    stderr: "recv 127.0.0.1:{port}: no data for 250ms; stopping (the connection is still open)\n",
    code: 0
  }
]

export const signalRows: ReadonlyArray<Row> = [
  {
    name: "SIGINT before the first byte exits with 130 and no message",
    words: here,
    peer: "saysNothing",
    steps: [["connected"], ["signal", "SIGINT"]],
    code: 130
  },
  {
    name: "SIGTERM before the first byte exits with 143 and no message",
    words: here,
    peer: "saysNothing",
    steps: [["connected"], ["signal", "SIGTERM"]],
    code: 143
  },
  {
    name: "SIGINT after some text keeps the text and exits with 130",
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
    name: "SIGTERM after some text keeps the text and exits with 143",
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
    name: "SIGINT twice exits with 130",
    words: here,
    peer: "saysNothing",
    steps: [["connected"], ["signal", "SIGINT", "SIGINT"]],
    code: 130
  },
  {
    name: "SIGINT during a flood exits with 130",
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
