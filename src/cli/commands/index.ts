/**
 * The commands that there are. A new one is a file, and a line in each of these.
 */

import type { Commands } from "../kit/commandLine.ts"
import * as client from "./client.ts"
import * as echo from "./echo.ts"
import * as hostinfo from "./hostinfo.ts"
import * as pipe from "./pipe.ts"
import * as proxy from "./proxy.ts"
import * as resolve from "./resolve.ts"
import * as scan from "./scan.ts"
import * as server from "./server.ts"

/** As `@effect/cli` runs them. */
export const commands = [
  client.command,
  server.command,
  pipe.command,
  echo.command,
  proxy.command,
  scan.command,
  resolve.command,
  hostinfo.command
] as const

/** What they take, by name. */
export const options = {
  client: client.options,
  server: server.options,
  pipe: pipe.options,
  echo: echo.options,
  proxy: proxy.options,
  scan: scan.options,
  resolve: resolve.options,
  hostinfo: hostinfo.options
} satisfies Commands
