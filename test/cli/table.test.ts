/**
 * The table of behavior of the program: for each row of words, peer, signals and terminal, the output and the exit
 * code. Two processes run at a time.
 */

import * as fs from "node:fs"
import * as path from "node:path"
import { describe, inject, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { tcp6 } from "../conformance/transports.ts"
import { clientRows, lessonRows } from "./clientTable.ts"
import { failureRows, signalRows } from "./failureTable.ts"
import { echoRows, listenRows } from "./listenTable.ts"
import { hostinfoRows, resolveRows } from "./namesTable.ts"
import { endingRows, movingRows } from "./pipeTable.ts"
import { terminalRows } from "./pipeTerminalTable.ts"
import { proxyRows } from "./proxyTable.ts"
import type { Need, Row } from "./row.ts"
import { runRow } from "./runRow.ts"
import { scanRows } from "./scanTable.ts"
import { serverRows } from "./serverTable.ts"
import { isThere } from "./spawn.ts"
import { answers, refusals } from "./usageTable.ts"

const command = [process.execPath, path.join(inject("built"), "dist", "main.js")]

const canBeNobody = () =>
  isThere("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", ...command, "--version"])

const portStart = "/proc/sys/net/ipv4/ip_unprivileged_port_start"

/** Why this machine does not have what a row needs. */
const missing: Readonly<Record<Need, string | undefined>> = {
  python3: isThere("python3", ["-c", "import socket"]) ? undefined : "no python3",
  script: isThere("script", ["-qec", "true", "/dev/null"]) ? undefined : "no script(1)",
  "/dev/full": fs.existsSync("/dev/full") ? undefined : "no /dev/full",
  IPv6: tcp6.skip,
  "another user":
    process.getuid?.() !== 0 || canBeNobody() ? undefined : "no other user can run the program in this folder",
  "privileged ports":
    fs.existsSync(portStart) && Number(fs.readFileSync(portStart, "utf8")) <= 808
      ? "every user may listen on port 808 here"
      : undefined
}

const processes = Effect.runSync(Effect.makeSemaphore(2))

const test = (row: Row) => {
  const reasons = (row.needs ?? []).flatMap(need => missing[need] ?? [])
  const skipped = reasons.length > 0 ? ` (skipped: ${reasons.join(", ")})` : ""
  const run = row.as === "call" ? runRow(row, command) : processes.withPermits(1)(runRow(row, command))
  it.live.skipIf(skipped !== "")(row.name + skipped, () => run, 120_000)
}

for (const [title, rows] of [
  ["usage errors", refusals],
  ["help, version and completions", answers],
  ["the lesson", lessonRows],
  ["client, what it prints", clientRows],
  ["client, how it fails", failureRows],
  ["client, at a signal", signalRows],
  ["server", serverRows],
  ["pipe, what it moves", movingRows],
  ["pipe, how it ends", endingRows],
  ["pipe, on a terminal", terminalRows],
  ["pipe --listen", listenRows],
  ["echo", echoRows],
  ["proxy", proxyRows],
  ["scan", scanRows],
  ["resolve", resolveRows],
  ["hostinfo", hostinfoRows]
] as const) {
  describe.concurrent(title, () => rows.forEach(test))
}
