/** Rows for `server`. */
import type { Row } from "./row.ts"

const greeting = "Connection Established"
const here = ["server", "127.0.0.1", "0"]
const listening = /^listening on 127\.0\.0\.1:[1-9]\d*\n$/
const listens = ["wrote", "stderr", /^listening on .*\n/] as const

export const serverRows: ReadonlyArray<Row> = [
  {
    name: "serves two clients at once, and SIGTERM stops it with exit code 0",
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
    name: "SIGINT without a client exits with 0",
    words: here,
    steps: [listens, ["signal", "SIGINT"]],
    stderr: listening,
    code: 0
  },
  {
    name: "SIGTERM without a client exits with 0",
    words: here,
    steps: [listens, ["signal", "SIGTERM"]],
    stderr: listening,
    code: 0
  },
  {
    name: "SIGINT with a client exits with 0",
    words: here,
    steps: [
      ["stays", greeting],
      ["signal", "SIGINT"]
    ],
    stderr: listening,
    code: 0
  },
  {
    name: "SIGTERM with a client exits with 0",
    words: here,
    steps: [
      ["stays", greeting],
      ["signal", "SIGTERM"]
    ],
    stderr: listening,
    code: 0
  },
  {
    name: "SIGINT twice exits with 0, or with 130 if the second one arrives before the end",
    words: here,
    steps: [
      ["stays", greeting],
      ["signal", "SIGINT", "SIGINT"]
    ],
    stderr: listening,
    code: [0, 130]
  },
  {
    name: "keeps serving after a client resets",
    words: here,
    steps: [["resets"], ["greeted", 1, greeting], ["signal", "SIGTERM"]],
    stderr: listening,
    code: 0
  },
  {
    name: "--message sends utf-8, and can look like an option",
    words: [...here, "--message", "--héllo"],
    steps: [
      ["greeted", 1, "--héllo"],
      ["signal", "SIGTERM"]
    ],
    stderr: listening,
    code: 0
  },
  {
    name: "--message= sends nothing and closes",
    words: [...here, "--message="],
    steps: [
      ["greeted", 1, ""],
      ["signal", "SIGTERM"]
    ],
    stderr: listening,
    code: 0
  },
  {
    name: "listens on IPv6",
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
    name: "listens on a Unix socket, and removes its path at the end",
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
    name: "takes over a path on which no process listens any more",
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
    name: "fails if the path is a plain file, and keeps the file",
    words: ["server", "unix:{path}"],
    peer: "plainFile",
    stderr: "listen unix:{path}: address already in use (EADDRINUSE)\n",
    code: 1
  },
  {
    name: "fails if a process listens on the path",
    words: ["server", "unix:{path}"],
    peer: "greetsAtPath",
    stderr: "listen unix:{path}: address already in use (EADDRINUSE)\n",
    code: 1
  },
  {
    name: "fails if the folder of the path does not exist",
    words: ["server", "unix:{path}/s"],
    peer: "missingPath",
    as: "call",
    stderr: "listen unix:{path}/s: no such directory (EACCES)\n",
    code: 1
  },
  {
    name: "fails if the port is in use",
    words: ["server", "127.0.0.1", "{port}"],
    peer: "greets",
    stderr: "listen 127.0.0.1:{port}: address already in use (EADDRINUSE)\n",
    code: 1
  },
  {
    name: "fails if the address belongs to another machine",
    words: ["server", "192.0.2.1", "0"],
    stderr: "listen 192.0.2.1:0: address not available on this machine (EADDRNOTAVAIL)\n",
    code: 1
  },
  {
    name: "fails if the name does not exist",
    words: ["server", "nosuch.invalid", "0"],
    as: "call",
    stderr:
      /^resolve "nosuch\.invalid": (name not found \(ENOTFOUND\)|temporary failure in name resolution \(EAI_AGAIN\))\n$/,
    code: 1
  },
  {
    name: "fails with a hint on a port below 1024 without privileges",
    words: ["server", "127.0.0.1", "808"],
    as: "unprivileged",
    stderr: "listen 127.0.0.1:808: permission denied (EACCES); ports below 1024 need privileges\n",
    code: 1,
    needs: ["privileged ports", "another user"]
  }
]
