/**
 * `pipe` compared with ncat and socat. In shared rows, all three have the same stdout and exit code. Their messages on
 * stderr may differ.
 */

import * as path from "node:path"
import { describe, inject, it } from "@effect/vitest"
import type { Row } from "./row.ts"
import { runRow } from "./runRow.ts"
import { isThere } from "./spawn.ts"

const command = [process.execPath, path.join(inject("built"), "dist", "main.js")]

interface Program {
  readonly name: string
  readonly command: ReadonlyArray<string>
  readonly to: { readonly port: ReadonlyArray<string>; readonly path: ReadonlyArray<string> }
  readonly missing: boolean
}

const programs: ReadonlyArray<Program> = [
  {
    name: "pipe",
    command: [...command, "pipe"],
    to: { port: ["127.0.0.1", "{port}"], path: ["unix:{path}"] },
    missing: false
  },
  {
    name: "ncat",
    command: ["ncat"],
    to: { port: ["127.0.0.1", "{port}"], path: ["-U", "{path}"] },
    missing: !isThere("ncat", ["--version"])
  },
  {
    name: "socat",
    command: ["socat"],
    to: { port: ["-", "TCP:127.0.0.1:{port}"], path: ["-", "UNIX-CONNECT:{path}"] },
    missing: !isThere("socat", ["-V"])
  }
]

/** The exit code here of a process that ended by the signal itself. A shell reports 143 for it. */
const bySignal = -1

interface Shared extends Omit<Row, "words" | "stderr"> {
  readonly to?: "path"
  /** Programs that behave differently, and how. */
  readonly unlike?: Readonly<Record<string, string>>
}

const rows: ReadonlyArray<Shared> = [
  { name: "prints what an echo server sends back", peer: "echoes", stdin: "hello\n", stdout: "hello\n", code: 0 },
  { name: "connects to a Unix socket", to: "path", peer: "echoesAtPath", stdin: "hello\n", stdout: "hello\n", code: 0 },
  {
    name: "changes no byte",
    peer: "echoes",
    as: { sh: "printf '\\000\\377\\200\\r\\n\\303' | \"$@\" | od -An -tx1" },
    stdout: " 00 ff 80 0d 0a c3\n",
    code: 0
  },
  {
    name: "3 MB come back unchanged",
    peer: "echoes",
    as: { sh: 'test "$(seq 1 450000 | "$@" | cksum)" = "$(seq 1 450000 | cksum)"' },
    code: 0
  },
  {
    name: "prints an answer after the end of stdin",
    peer: "counts",
    stdin: "hello\n",
    stdout: "6 bytes came\n",
    code: 0
  },
  { name: "an empty stdin sends no byte", peer: "counts", stdin: "", stdout: "0 bytes came\n", code: 0 },
  {
    name: "continues after the peer has ended, until stdin ends",
    peer: "greets",
    steps: [["wrote", "stdout", /Established$/], ["stdinEnds"]],
    stdout: "Connection Established",
    code: 0
  },
  {
    name: "sends each line when it is typed",
    peer: "echoes",
    steps: [["types", "one\n"], ["wrote", "stdout", /^one\n$/], ["types", "two\n"], ["stdinEnds"]],
    stdout: "one\ntwo\n",
    code: 0
  },
  { name: "fails if nothing listens on the port", peer: "deserted", code: 1 },
  { name: "fails if the path does not exist", to: "path", peer: "missingPath", code: 1 },
  {
    name: "fails at a reset, after the bytes received before it",
    peer: "resetsLater",
    steps: [["wrote", "stdout", /Connection Est/], ["go"]],
    stdout: "Connection Est",
    code: 1,
    unlike: { socat: "it exits with 0" }
  },
  {
    name: "SIGTERM after some bytes keeps them and exits with 143",
    peer: "stays",
    steps: [
      ["wrote", "stdout", /still here/],
      ["signal", "SIGTERM"]
    ],
    stdout: "still here",
    code: [143, bySignal]
  }
]

/** The stderr of `pipe`: one line after a failure, and nothing after a success or a signal. */
const ours = ({ code }: Pick<Row, "code">) => (code === 1 ? /^[^\n]+\n$/ : "")

for (const { command, missing, name, to } of programs) {
  describe(name, () => {
    for (const { to: by = "port", unlike, ...row } of rows) {
      const reason = missing ? `no ${name}` : unlike?.[name]
      it.live.skipIf(reason !== undefined)(
        reason === undefined ? row.name : `${row.name} (skipped: ${reason})`,
        () => runRow({ ...row, words: to[by], stderr: name === "pipe" ? ours(row) : /^/ }, command),
        120_000
      )
    }
  })
}
