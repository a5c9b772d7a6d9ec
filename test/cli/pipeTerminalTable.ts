/** The rows of `pipe` on a terminal. */
import type { Row } from "./row.ts"

const here = ["pipe", "127.0.0.1", "{port}"]

export const terminalRows: ReadonlyArray<Row> = [
  {
    name: "to a terminal, what a peer sends is escaped",
    words: here,
    as: "terminal",
    peer: "escapes",
    stdout: "a\tb\n\\x1b]0;title\\x07\\x0d\\x7f\\x9b31m \\u202eabc\\u2069 é",
    code: 0,
    needs: ["script"]
  },
  {
    name: "to a terminal, a line may end as protocols have it",
    words: here,
    as: "terminal",
    peer: "lines",
    stdout: "220 here\n250 ok\n",
    code: 0,
    needs: ["script"]
  },
  {
    name: "to a terminal, bytes that are no text are shown as such",
    words: here,
    as: "terminal",
    peer: "notUtf8",
    stdout: "caf\ufffd au lait",
    code: 0,
    needs: ["script"]
  },
  {
    name: "--wizard asks for every option and can be left: exit 0",
    words: ["pipe", "--wizard"],
    as: "terminal",
    steps: [
      ["wrote", "stdout", /--listen.*Select true or false/s],
      ["types", "\x03"]
    ],
    stdout: /Options Wizard.*pipe.*Quitting wizard mode/s,
    code: 0,
    needs: ["script"]
  },
  {
    name: "echo --wizard too",
    words: ["echo", "--wizard"],
    as: "terminal",
    steps: [
      ["wrote", "stdout", /IPv4 alone.*Select true or false/s],
      ["types", "\x03"]
    ],
    stdout: /Options Wizard.*echo.*Quitting wizard mode/s,
    code: 0,
    needs: ["script"]
  },
  {
    name: "--progress of a file on a terminal: a bar, to the end",
    words: [...here, "--progress"],
    peer: "counts",
    as: { sh: 'script -qec "$* < package.json > /dev/null" /dev/null' },
    stdout: /\[=+\] 100% [\d.]+ KiB sent, \d+ B received, [\d.]+ [KM]?i?B\/s, 0:\d\d(, 0:00 left)?.\[K\r\n$/,
    code: 0,
    needs: ["script"]
  },
  {
    name: "--progress of a pipe on a terminal: no bar, for nobody knows the size",
    words: [...here, "--progress"],
    peer: "counts",
    as: { sh: 'script -qec "echo hello | $* > /dev/null" /dev/null' },
    stdout: /\r6 B sent, 13 B received, [\d.]+ [KM]?i?B\/s, 0:\d\d.\[K\r\n$/,
    code: 0,
    needs: ["script"]
  },
  {
    name: "--progress on no terminal: none",
    words: [...here, "--progress"],
    peer: "counts",
    stdin: "hello\n",
    stdout: "6 bytes came\n",
    code: 0
  }
]
