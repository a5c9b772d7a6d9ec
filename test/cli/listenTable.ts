/** The rows of `pipe --listen` and of `echo`. */
import type { Row } from "./row.ts"

const here = ["pipe", "--listen", "127.0.0.1", "0"]
const echo = ["echo", "127.0.0.1", "0"]
const listening = /^listening on 127\.0\.0\.1:[1-9]\d*\n$/
const listens = ["wrote", "stderr", /^listening on .*\n/] as const

export const listenRows: ReadonlyArray<Row> = [
  {
    name: "takes a client: stdin to it, what it sends to stdout, and its end is the end",
    words: here,
    stdin: "from stdin\n",
    steps: [["asks", "from the client\n", "from stdin\n"]],
    stdout: "from the client\n",
    stderr: listening,
    code: 0
  },
  {
    name: "takes one client, and nobody after it",
    words: here,
    steps: [["types", "hello"], ["chats", "", "hello"], ["refuses"], ["stdinEnds"], ["leaves"]],
    stderr: listening,
    code: 0
  },
  {
    name: "the client's end is the end, without waiting for stdin",
    words: here,
    steps: [["asks", "all there is", ""]],
    stdout: "all there is",
    stderr: listening,
    code: 0
  },
  {
    name: "a Unix socket, whose path is gone afterwards",
    words: ["pipe", "--listen", "unix:{path}"],
    peer: "missingPath",
    steps: [["asks", "hello", ""]],
    stdout: "hello",
    stderr: "listening on unix:{path}\n",
    code: 0
  },
  {
    name: "a client that resets is exit 1",
    words: here,
    steps: [["resets"]],
    // A client that has reset before it is accepted has no address any more.
    stderr: /^listening on (.*)\nrecv (127\.0\.0\.1:\d+|0\.0\.0\.0:0): connection reset by peer \(ECONNRESET\)\n$/,
    code: 1
  },
  {
    name: "--timeout passes and nobody came: exit 124",
    words: [...here, "--timeout", "300ms"],
    stderr: /^listening on (.*)\n\1: nobody connected for 300ms\n$/,
    code: 124
  },
  {
    name: "SIGTERM before anybody came: exit 143",
    words: here,
    steps: [listens, ["signal", "SIGTERM"]],
    stderr: listening,
    code: 143
  },
  {
    name: "a port that somebody listens on",
    words: ["pipe", "--listen", "127.0.0.1", "{port}"],
    peer: "greets",
    stderr: "listen 127.0.0.1:{port}: address already in use (EADDRINUSE)\n",
    code: 1
  },
  {
    name: "-v: who came, and the sums",
    words: [...here, "-v"],
    steps: [["asks", "hello", ""]],
    stdout: "hello",
    stderr: /^listening on .*\naccepted (127\.0\.0\.1:\d+)\nended \1: 0 bytes sent, 5 received\n$/,
    code: 0
  }
]

export const echoRows: ReadonlyArray<Row> = [
  {
    name: "what a client sends comes back, until it ends; SIGTERM ends it: exit 0",
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
    name: "SIGINT with nobody there: exit 0",
    words: echo,
    steps: [listens, ["signal", "SIGINT"]],
    stderr: listening,
    code: 0
  },
  {
    name: "at a signal it waits for who is there, and ends with them: exit 0",
    words: echo,
    steps: [["chats", "hello", "hello"], ["signal", "SIGINT"], ["wrote", "stderr", /draining/], ["leaves"]],
    stderr: /^listening on .*\ndraining, 1 connection to go; again to leave now\n$/,
    code: 0
  },
  {
    name: "the second signal ends it: exit 130",
    words: echo,
    steps: [
      ["chats", "hello", "hello"],
      ["signal", "SIGTERM"],
      ["wrote", "stderr", /draining/],
      ["signal", "SIGTERM"]
    ],
    stderr: /^listening on .*\ndraining, 1 connection to go; again to leave now\n$/,
    code: 130
  },
  {
    name: "a client that resets harms nobody",
    words: echo,
    steps: [["resets"], ["asks", "hello", "hello"], ["signal", "SIGTERM"]],
    stderr: listening,
    code: 0
  },
  {
    name: "IPv6 alone",
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
    name: "a Unix socket, whose path is gone afterwards",
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
    name: "--idle cuts a client that says nothing, and nobody else",
    words: [...echo, "--idle", "300ms", "-v"],
    steps: [
      ["chats", "hello", "hello"],
      ["wrote", "stderr", /nothing came or went for 300ms\n/],
      ["asks", "hello", "hello"],
      ["signal", "SIGTERM"]
    ],
    stderr:
      /^listening on .*\naccepted (.*)\n\1: nothing came or went for 300ms\nended \1: Succeeded, 5 bytes received, 5 sent, \d+ms\naccepted (.*)\nended \2: .*\n$/,
    code: 0
  },
  {
    name: "--json: what happens as JSON",
    words: [...echo, "--json"],
    steps: [
      ["wrote", "stderr", /^\{"event":"listening","address":"127\.0\.0\.1:\d+"\}\n$/],
      ["signal", "SIGTERM"]
    ],
    stderr: /^\{"event":"listening","address":"127\.0\.0\.1:\d+"\}\n$/,
    code: 0
  },
  {
    name: "a port that somebody listens on",
    words: ["echo", "127.0.0.1", "{port}"],
    peer: "greets",
    stderr: "listen 127.0.0.1:{port}: address already in use (EADDRINUSE)\n",
    code: 1
  }
]
