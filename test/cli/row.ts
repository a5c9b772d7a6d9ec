/**
 * A row of the table of behavior: the words that a person types, the peer, the steps while the program runs, and the
 * exact output and exit code.
 */
import type { PeerName } from "./peers.ts"

export interface Row {
  /** The title of the test. */
  readonly name: string
  /** `{port}`, `{path}` and `{folder}` are replaced by those of the peer, here and in the expected output. */
  readonly words: ReadonlyArray<string>
  readonly as?: As
  /** The whole stdin, which then ends. Default: stdin stays open, and has only what the steps type. */
  readonly stdin?: string
  /** Default: no peer. */
  readonly peer?: PeerName
  /** Steps that happen in order before the test waits for the end of the program. */
  readonly steps?: ReadonlyArray<Step>
  /** Default: nothing is written. */
  readonly stdout?: string | RegExp
  /** Default: nothing is written. */
  readonly stderr?: string | RegExp
  /** Several codes if a race decides which one it is. */
  readonly code: number | ReadonlyArray<number>
  readonly needs?: ReadonlyArray<Need>
  /** Whether the folder of the peer is empty at the end. Default: its content is what it was at the start. */
  readonly empties?: boolean
}

/**
 * How the program runs: as a child process, in this process (`call`, for rows where this makes no difference), on a
 * terminal, as a user without privileges, or in a line of sh, where the program is `"$@"`. Default: `process`.
 */
export type As = "process" | "call" | "terminal" | "unprivileged" | { readonly sh: string }

export type Step =
  /** Waits until the program has written this. */
  | readonly ["wrote", on: "stdout" | "stderr", pattern: RegExp]
  /** Waits until the program has connected to the peer. */
  | readonly ["connected"]
  /** Ends the pause of the peer. */
  | readonly ["go"]
  | readonly ["signal", ...signals: ReadonlyArray<NodeJS.Signals>]
  /** This many clients connect at once. Each receives the greeting and the end. */
  | readonly ["greeted", clients: number, greeting: string]
  /** A client receives the greeting, and keeps its half open until the end of the row. */
  | readonly ["stays", greeting: string]
  /** A client connects and resets. */
  | readonly ["resets"]
  /** A client connects and is reset. */
  | readonly ["isReset"]
  /** A client sends `sends`, ends its half, and receives `gets` and the end. */
  | readonly ["asks", sends: string, gets: string]
  /** A client sends `sends` and waits until it has received `gets`. It stays connected until `leaves`. */
  | readonly ["chats", sends: string, gets: string]
  /** The client of `chats` ends its half and waits for the end. */
  | readonly ["leaves"]
  /** Waits until connecting is refused. */
  | readonly ["refuses"]
  /** Writes text to the stdin of the program. */
  | readonly ["types", text: string]
  /** Ends the stdin of the program. */
  | readonly ["stdinEnds"]

/** What a row needs and not every machine has. */
export type Need = "python3" | "script" | "/dev/full" | "IPv6" | "another user" | "privileged ports"
