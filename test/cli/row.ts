/**
 * A row of the table of behaviour: what a person types, what is at the other end, what happens meanwhile, and what
 * comes of it, to the letter.
 */
import type { PeerName } from "./peers.ts"

export interface Row {
  /** What comes of what, as a test's title. */
  readonly name: string
  /** `{port}`, `{path}` and the like are the peer's; so they are in what is expected. */
  readonly words: ReadonlyArray<string>
  readonly as?: As
  /** All of stdin, and its end. Where left out it stays open, and empty but for what is typed. */
  readonly stdin?: string
  /** Nobody, where left out. */
  readonly peer?: PeerName
  /** What happens before the end is waited for, one after the other. */
  readonly steps?: ReadonlyArray<Step>
  /** Nothing, where left out. */
  readonly stdout?: string | RegExp
  /** Nothing, where left out. */
  readonly stderr?: string | RegExp
  /** More than one where it is a race that nobody can decide. */
  readonly code: number | ReadonlyArray<number>
  readonly needs?: ReadonlyArray<Need>
  /** What was in the peer's folder has gone; else it is there as it was. */
  readonly empties?: boolean
}

/**
 * How the program runs: a child process where left out; `call` in this process, where that cannot make a difference;
 * on a terminal; as a user without privileges; or in a line of sh, where it is `"$@"`.
 */
export type As = "process" | "call" | "terminal" | "unprivileged" | { readonly sh: string }

export type Step =
  /** Waits until it has written this. */
  | readonly ["wrote", on: "stdout" | "stderr", pattern: RegExp]
  /** Waits until it has connected to the peer. */
  | readonly ["connected"]
  /** Tells the peer to go on. */
  | readonly ["go"]
  | readonly ["signal", ...signals: ReadonlyArray<NodeJS.Signals>]
  /** So many clients at once, of a server that says where it listens: each is sent this, and the end. */
  | readonly ["greeted", clients: number, greeting: string]
  /** A client that is greeted, and keeps its half open to the end of the row. */
  | readonly ["stays", greeting: string]
  /** A client that connects and resets. */
  | readonly ["resets"]
  /** A client that is reset. */
  | readonly ["isReset"]
  /** A client that sends this, ends its half, and is sent that, and the end. */
  | readonly ["asks", sends: string, gets: string]
  /** A client that sends this, and waits until it is sent that. It stays until it is told to go on. */
  | readonly ["chats", sends: string, gets: string]
  /** The client that stayed ends, and is ended. */
  | readonly ["leaves"]
  /** Nobody listens there any more. */
  | readonly ["refuses"]
  /** Is written to its stdin. */
  | readonly ["types", text: string]
  /** Its stdin ends. */
  | readonly ["stdinEnds"]

/** What is not on every machine. */
export type Need = "python3" | "script" | "/dev/full" | "IPv6" | "another user" | "privileged ports"
