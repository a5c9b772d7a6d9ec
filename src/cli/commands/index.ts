/**
 * Lists all commands. To add a command, write a file for it, and add the command to both lists in this file.
 */

import type { Definitions } from "../kit/definition.ts"
import * as client from "./client.ts"
import * as echo from "./echo.ts"
import * as hostinfo from "./hostinfo.ts"
import * as pipe from "./pipe.ts"
import * as proxy from "./proxy.ts"
import * as resolve from "./resolve.ts"
import * as scan from "./scan.ts"
import * as server from "./server.ts"

/** The commands as `@effect/cli` runs them. */
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

/** The definitions of the commands, by name, in the order of the help. */
export const definitions = {
  client: client.definition,
  server: server.definition,
  pipe: pipe.definition,
  echo: echo.definition,
  proxy: proxy.definition,
  scan: scan.definition,
  resolve: resolve.definition,
  hostinfo: hostinfo.definition
} satisfies Definitions
