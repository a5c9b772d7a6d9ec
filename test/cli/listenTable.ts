/** Rows for `pipe --listen` and for `echo`. */
import type { Row } from "./row.ts"

const here = ["pipe", "--listen", "127.0.0.1", "0"]
const echo = ["echo", "127.0.0.1", "0"]
const listening = /^listening on 127\.0\.0\.1:[1-9]\d*\n$/
const listens = ["wrote", "stderr", /^listening on .*\n/] as const

export const listenRows: ReadonlyArray<Row> = [
  {
    name: "sends stdin to a client, prints what the client sends, and ends when the client ends",
    words: here,
    stdin: "from stdin\n",
    steps: [["asks", "from the client\n", "from stdin\n"]],
    stdout: "from the client\n",
    stderr: listening,
    code: 0
  },
  {
    name: "accepts one client and refuses later ones",
    words: here,
    steps: [["types", "hello"], ["chats", "", "hello"], ["refuses"], ["stdinEnds"], ["leaves"]],
    stderr: listening,
    code: 0
  },
  {
    name: "ends when the client and stdin have ended",
    words: here,
    stdin: "",
    steps: [["asks", "all there is", ""]],
    stdout: "all there is",
    stderr: listening,
    code: 0
  },
  {
    name: "listens on a Unix socket, and removes its path at the end",
    words: ["pipe", "--listen", "unix:{path}"],
    peer: "missingPath",
    stdin: "",
    steps: [["asks", "hello", ""]],
    stdout: "hello",
    stderr: "listening on unix:{path}\n",
    code: 0
  },
  {
    name: "exits with 1 if the client resets",
    words: here,
    steps: [["resets"]],
    // If the client resets before it is accepted, it has no address any more, and the message has ours.
    stderr: /^listening on (.*)\nrecv 127\.0\.0\.1:\d+: connection reset by peer \(ECONNRESET\)\n$/,
    code: 1
  },
  {
    name: "exits with 124 if no client connects within --timeout",
    words: [...here, "--timeout", "300ms"],
    stderr: /^listening on (.*)\n\1: no client connected for 300ms\n$/,
    code: 124
  },
  {
    name: "SIGTERM before a client connects exits with 143",
    words: here,
    steps: [listens, ["signal", "SIGTERM"]],
    stderr: listening,
    code: 143
  },
  {
    name: "fails if the port is in use",
    words: ["pipe", "--listen", "127.0.0.1", "{port}"],
    peer: "greets",
    stderr: "listen 127.0.0.1:{port}: address already in use (EADDRINUSE)\n",
    code: 1
  },
  {
    name: "-v reports the client and the bytes moved",
    words: [...here, "-v"],
    stdin: "",
    steps: [["asks", "hello", ""]],
    stdout: "hello",
    stderr: /^listening on .*\naccepted (127\.0\.0\.1:\d+)\nended \1: 0 bytes sent, 5 bytes received\n$/,
    code: 0
  }
]

export const echoRows: ReadonlyArray<Row> = [
  {
    name: "sends back what a client sends, and SIGTERM stops it with exit code 0",
    words: echo,
    steps: [
      ["asks", "hello\n", "hello\n"],
      ["asks", "hello again\n", "hello again\n"],
      ["signal", "SIGTERM"]
    ],
    stderr: listening,
    code: 0
  },
  {
    name: "SIGINT without a client exits with 0",
    words: echo,
    steps: [listens, ["signal", "SIGINT"]],
    stderr: listening,
    code: 0
  },
  {
    name: "after a signal, it waits for its client, and exits with 0",
    words: echo,
    steps: [["chats", "hello", "hello"], ["signal", "SIGINT"], ["wrote", "stderr", /draining/], ["leaves"]],
    stderr: /^listening on .*\ndraining: 1 connection left; press Ctrl-C again to quit now\n$/,
    code: 0
  },
  {
    name: "SIGHUP drains it like SIGTERM",
    words: echo,
    steps: [["chats", "hello", "hello"], ["signal", "SIGHUP"], ["wrote", "stderr", /draining/], ["leaves"]],
    stderr: /^listening on .*\ndraining: 1 connection left; press Ctrl-C again to quit now\n$/,
    code: 0
  },
  {
    name: "a second signal ends it with exit code 130",
    words: echo,
    steps: [
      ["chats", "hello", "hello"],
      ["signal", "SIGTERM"],
      ["wrote", "stderr", /draining/],
      ["signal", "SIGTERM"]
    ],
    stderr: /^listening on .*\ndraining: 1 connection left; press Ctrl-C again to quit now\n$/,
    code: 130
  },
  {
    name: "keeps serving after a client resets",
    words: echo,
    steps: [["resets"], ["asks", "hello", "hello"], ["signal", "SIGTERM"]],
    stderr: listening,
    code: 0
  },
  {
    name: "-6 listens on IPv6 only",
    words: ["echo", "-6", "::", "0"],
    steps: [
      ["asks", "hello", "hello"],
      ["signal", "SIGTERM"]
    ],
    stderr: /^listening on \[::\]:[1-9]\d*\n$/,
    code: 0,
    needs: ["IPv6"]
  },
  {
    name: "listens on a Unix socket, and removes its path at the end",
    words: ["echo", "unix:{path}"],
    peer: "missingPath",
    steps: [
      ["asks", "hello", "hello"],
      ["signal", "SIGTERM"]
    ],
    stderr: "listening on unix:{path}\n",
    code: 0
  },
  {
    name: "--idle disconnects an idle client, and no other client",
    words: [...echo, "--idle", "300ms", "-v"],
    steps: [
      ["chats", "hello", "hello"],
      ["wrote", "stderr", /idle for 300ms\n/],
      ["asks", "hello", "hello"],
      ["signal", "SIGTERM"]
    ],
    stderr:
      /^listening on .*\naccepted (.*)\n\1: idle for 300ms\nended \1: Succeeded, 5 bytes received, 5 bytes sent, \d+ms\naccepted (.*)\nended \2: .*\n$/,
    code: 0
  },
  {
    name: "--json reports events as JSON",
    words: [...echo, "--json"],
    steps: [
      ["wrote", "stderr", /^\{"event":"listening","address":"127\.0\.0\.1:\d+"\}\n$/],
      ["signal", "SIGTERM"]
    ],
    stderr: /^\{"event":"listening","address":"127\.0\.0\.1:\d+"\}\n$/,
    code: 0
  },
  {
    name: "fails if the port is in use",
    words: ["echo", "127.0.0.1", "{port}"],
    peer: "greets",
    stderr: "listen 127.0.0.1:{port}: address already in use (EADDRINUSE)\n",
    code: 1
  }
]
