/** Rows for `pipe` on a terminal. */
import type { Row } from "./row.ts"

const here = ["pipe", "127.0.0.1", "{port}"]

export const terminalRows: ReadonlyArray<Row> = [
  {
    name: "escapes control characters of the peer on a terminal",
    words: here,
    as: "terminal",
    peer: "escapes",
    stdout: "a\tb\n\\x1b]0;title\\x07\\x0d\\x7f\\x9b31m \\u202eabc\\u2069 é",
    code: 0,
    needs: ["script"]
  },
  {
    name: "prints \\r\\n as a newline on a terminal",
    words: here,
    as: "terminal",
    peer: "lines",
    stdout: "220 here\n250 ok\n",
    code: 0,
    needs: ["script"]
  },
  {
    name: "prints bytes that are not text as U+FFFD on a terminal",
    words: here,
    as: "terminal",
    peer: "notUtf8",
    stdout: "caf\ufffd au lait",
    code: 0,
    needs: ["script"]
  },
  {
    name: "--wizard asks for each option, and Ctrl-C exits with 0",
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
    name: "echo --wizard asks for each option",
    words: ["echo", "--wizard"],
    as: "terminal",
    steps: [
      ["wrote", "stdout", /Use IPv4 only.*Select true or false/s],
      ["types", "\x03"]
    ],
    stdout: /Options Wizard.*echo.*Quitting wizard mode/s,
    code: 0,
    needs: ["script"]
  },
  {
    name: "--progress shows a bar for a file on a terminal",
    words: [...here, "--progress"],
    peer: "counts",
    as: { sh: 'script -qec "$* < package.json > /dev/null" /dev/null' },
    stdout: /\[=+\] 100% [\d.]+ KiB sent, \d+ B received, [\d.]+ [KM]?i?B\/s, 0:\d\d(, 0:00 left)?.\[K\r\n$/,
    code: 0,
    needs: ["script"]
  },
  {
    name: "--progress shows no bar for a pipe, because its size is unknown",
    words: [...here, "--progress"],
    peer: "counts",
    as: { sh: 'script -qec "echo hello | $* > /dev/null" /dev/null' },
    stdout: /\r6 B sent, 13 B received, [\d.]+ [KM]?i?B\/s, 0:\d\d.\[K\r\n$/,
    code: 0,
    needs: ["script"]
  },
  {
    name: "--progress shows nothing without a terminal",
    words: [...here, "--progress"],
    peer: "counts",
    stdin: "hello\n",
    stdout: "6 bytes came\n",
    code: 0
  }
]
