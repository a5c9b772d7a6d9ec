/**
 * The commands that there are. A new one is a file, and a line in each of these.
 */
import * as client from "./client.ts"
import type { Commands } from "./commandLine.ts"
import * as server from "./server.ts"

/** As `@effect/cli` runs them. */
export const commands = [client.command, server.command] as const

/** What they take, by name. */
export const options = { client: client.options, server: server.options } satisfies Commands
