/** The rows of `server`. */
import type { Row } from "./row.ts"

const greeting = "Connection Established"
const here = ["server", "127.0.0.1", "0"]
const listening = /^listening on 127\.0\.0\.1:[1-9]\d*\n$/
const listens = ["wrote", "stderr", /^listening on .*\n/] as const

export const serverRows: ReadonlyArray<Row> = [
  {
    name: "two clients at once are greeted, and SIGTERM ends it: exit 0",
    words: here,
    steps: [
      ["greeted", 2, greeting],
      ["greeted", 1, greeting],
      ["signal", "SIGTERM"]
    ],
    stderr: listening,
    code: 0
  },
  {
    name: "SIGINT with nobody there: exit 0",
    words: here,
    steps: [listens, ["signal", "SIGINT"]],
    stderr: listening,
    code: 0
  },
  {
    name: "SIGTERM with nobody there: exit 0",
    words: here,
    steps: [listens, ["signal", "SIGTERM"]],
    stderr: listening,
    code: 0
  },
  {
    name: "SIGINT with a client there: exit 0",
    words: here,
    steps: [
      ["stays", greeting],
      ["signal", "SIGINT"]
    ],
    stderr: listening,
    code: 0
  },
  {
    name: "SIGTERM with a client there: exit 0",
    words: here,
    steps: [
      ["stays", greeting],
      ["signal", "SIGTERM"]
    ],
    stderr: listening,
    code: 0
  },
  {
    name: "SIGINT twice: exit 0, or 130 if the second one finds it",
    words: here,
    steps: [
      ["stays", greeting],
      ["signal", "SIGINT", "SIGINT"]
    ],
    stderr: listening,
    code: [0, 130]
  },
  {
    name: "a client that resets harms nobody",
    words: here,
    steps: [["resets"], ["greeted", 1, greeting], ["signal", "SIGTERM"]],
    stderr: listening,
    code: 0
  },
  {
    name: "--message in utf-8, also one like an option",
    words: [...here, "--message", "--héllo"],
    steps: [
      ["greeted", 1, "--héllo"],
      ["signal", "SIGTERM"]
    ],
    stderr: listening,
    code: 0
  },
  {
    name: "--message= sends nothing, and ends",
    words: [...here, "--message="],
    steps: [
      ["greeted", 1, ""],
      ["signal", "SIGTERM"]
    ],
    stderr: listening,
    code: 0
  },
  {
    name: "IPv6",
    words: ["server", "::1", "0"],
    steps: [
      ["greeted", 1, greeting],
      ["signal", "SIGTERM"]
    ],
    stderr: /^listening on \[::1\]:[1-9]\d*\n$/,
    code: 0,
    needs: ["IPv6"]
  },
  {
    name: "a Unix socket, whose path is gone afterwards",
    words: ["server", "unix:{path}"],
    peer: "missingPath",
    steps: [
      ["greeted", 2, greeting],
      ["signal", "SIGTERM"]
    ],
    stderr: "listening on unix:{path}\n",
    code: 0
  },
  {
    name: "a path that nobody listens on any more is taken over",
    words: ["server", "unix:{path}"],
    peer: "stalePath",
    steps: [
      ["greeted", 1, greeting],
      ["signal", "SIGTERM"]
    ],
    stderr: "listening on unix:{path}\n",
    code: 0,
    empties: true
  },
  {
    name: "a plain file as a path: in use, and left alone",
    words: ["server", "unix:{path}"],
    peer: "plainFile",
    stderr: "listen unix:{path}: address already in use (EADDRINUSE)\n",
    code: 1
  },
  {
    name: "a path that somebody listens on: in use",
    words: ["server", "unix:{path}"],
    peer: "greetsAtPath",
    stderr: "listen unix:{path}: address already in use (EADDRINUSE)\n",
    code: 1
  },
  {
    name: "a path in no folder",
    words: ["server", "unix:{path}/s"],
    peer: "missingPath",
    as: "call",
    stderr: "listen unix:{path}/s: no such directory (EACCES)\n",
    code: 1
  },
  {
    name: "a port that somebody listens on",
    words: ["server", "127.0.0.1", "{port}"],
    peer: "greets",
    stderr: "listen 127.0.0.1:{port}: address already in use (EADDRINUSE)\n",
    code: 1
  },
  {
    name: "an address of another machine",
    words: ["server", "192.0.2.1", "0"],
    stderr: "listen 192.0.2.1:0: address not available on this machine (EADDRNOTAVAIL)\n",
    code: 1
  },
  {
    name: "a name that does not exist",
    words: ["server", "nosuch.invalid", "0"],
    as: "call",
    stderr:
      /^resolve "nosuch\.invalid": (name not found \(ENOTFOUND\)|temporary failure in name resolution \(EAI_AGAIN\))\n$/,
    code: 1
  },
  {
    name: "a port below 1024 without privileges: with a hint",
    words: ["server", "127.0.0.1", "808"],
    as: "unprivileged",
    stderr: "listen 127.0.0.1:808: permission denied (EACCES); ports below 1024 need privileges\n",
    code: 1,
    needs: ["privileged ports", "another user"]
  }
]
