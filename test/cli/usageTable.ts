/** The rows in which nothing is opened: wrong words, and what the program answers by itself. */
import { options } from "../../src/cli/commands/index.ts"
import type { Row } from "./row.ts"

const port = "a port is a whole number from 1 to 65535, such as 808"
const time = "a time is a number and ms, s, m or h, such as 250ms or 10s"
const bytes = "a number of bytes is a positive whole number, such as 1024"
const noHost = "a name or an IP address goes here: no URL, no path, no prefix length"
const commands = Object.keys(options).join(", ")
const client = (problem: string) => `effect-sockets client: ${problem}; see effect-sockets client --help`
const ofPipe = (problem: string) => `effect-sockets pipe: ${problem}; see effect-sockets pipe --help`
const server = (problem: string) => `effect-sockets server: ${problem}; see effect-sockets server --help`

export type Case = readonly [words: ReadonlyArray<string>, line: string]

/** In a process of its own, as a person meets it. */
const inProcess: ReadonlyArray<Case> = [
  [["frob"], `effect-sockets: there is no command "frob", only ${commands}; see effect-sockets --help`],
  [["client", "--frob", "localhost"], client("unknown option --frob")],
  [["client", "localhost", "65536"], `address "65536": ${port}`],
  [["client", "http://localhost:80/"], `address "http://localhost:80/": ${noHost}`],
  [["client", "--timeout", "10"], client(`--timeout "10": ${time}`)],
  [["client", "--wizard"], client("--wizard asks on a terminal, and stdin is none")]
]

const called: ReadonlyArray<Case> = [
  [["--frob"], "effect-sockets: unknown option --frob; see effect-sockets --help"],
  [["Client"], `effect-sockets: there is no command "Client", only ${commands}; see effect-sockets --help`],
  [["--once", "client"], "effect-sockets: unknown option --once; see effect-sockets --help"],
  [["--completions", "csh"], "effect-sockets: --completions is one of sh, bash, fish, zsh; see effect-sockets --help"],
  [["--completions"], "effect-sockets: --completions needs a value; see effect-sockets --help"],
  [["client", "-x", "localhost"], client("unknown option -x")],
  [["client", "-4", "-6", "localhost"], client("-4 or -6, not both")],
  [["client", "localhost", "-4", "-4"], client("-4 was given twice")],
  [["client", "-4", "::1"], 'address "::1": this is IPv6, and IPv4 was asked for'],
  [["client", "-6", "unix:/run/x.sock"], 'address "unix:/run/x.sock": this is a unix: path, and IPv6 was asked for'],
  [["client", "localhost", "--frob=1", "808"], client("unknown option --frob")],
  [["client", "--message", "x"], client("unknown option --message")],
  [["client", "--\x1b[31m"], client("unknown option --\\x1b[31m")],
  [["client", "localhost", "808", "809"], client("Received unknown argument: '809'")],
  [["client", "--once", "--once"], client("--once was given twice")],
  [["client", "--bufsize", "1", "localhost", "--bufsize=2"], client("--bufsize was given twice")],
  [["client", "--once=yes"], client("--once takes no value")],
  [["client", "localhost", "--bufsize"], client("--bufsize needs a value")],
  [["client", "--bufsize", "0"], client(`--bufsize "0": ${bytes}`)],
  [["client", "--bufsize", "-1"], client(`--bufsize "-1": ${bytes}`)],
  [["client", "--bufsize="], client(`--bufsize "": ${bytes}`)],
  [["client", "--bufsize", "1e3"], client(`--bufsize "1e3": ${bytes}`)],
  [["client", "--max-bytes", "9007199254740992"], client(`--max-bytes "9007199254740992": ${bytes}`)],
  [["client", "--max-bytes", "1M"], client(`--max-bytes "1M": ${bytes}`)],
  [["client", "--timeout", "-1s"], client(`--timeout "-1s": ${time}`)],
  [["client", "--timeout"], client("--timeout needs a value")],
  [["client", "--idle", "0s"], client(`--idle "0s": ${time}`)],
  [["client", "--encoding", "utf8"], client('--encoding "utf8": an encoding is utf-8, ascii or latin1')],
  [["client", "localhost", "abc"], `address "abc": ${port}`],
  [["client", "localhost", "-1"], `address "-1": ${port}`],
  [["client", "localhost", ""], `address "": ${port}`],
  [["client", "localhost", "0"], `address "0": ${port}`],
  [["client", "localhost", "080"], `address "080": ${port}`],
  [["client", "localhost", "80.0"], `address "80.0": ${port}`],
  [["client", "", "808"], 'address "": the host is empty; to listen on every address, say 0.0.0.0 or ::'],
  [["client", "localhost:808"], 'address "localhost:808": the port is not part of the host; give it apart'],
  [["client", "/run/x.sock"], `address "/run/x.sock": ${noHost}`],
  [["client", "unix:/run/x.sock", "808"], 'address "808": a unix: path has no port'],
  [["client", "unix:"], 'address "unix:": a path follows unix:, as in unix:/run/x.sock'],
  [["pipe", "--eof", "never"], ofPipe('--eof "never": it is one of half-close, close, ignore')],
  [["pipe", "-4", "--listen", "-6"], ofPipe("-4 or -6, not both")],
  [["pipe", "-6", "127.0.0.1"], 'address "127.0.0.1": this is IPv4, and IPv6 was asked for'],
  [["pipe", "--once"], ofPipe("unknown option --once")],
  [["pipe", "--idle", "5"], ofPipe(`--idle "5": ${time}`)],
  [["echo", "--timeout", "5s"], "effect-sockets echo: unknown option --timeout; see effect-sockets echo --help"],
  [["server", "localhost", "65536"], `address "65536": ${port.replace("from 1", "from 0")}`],
  [["server", "localhost", "-1"], `address "-1": ${port.replace("from 1", "from 0")}`],
  [["server", "--once"], server("unknown option --once")],
  [["server", "--message"], server("--message needs a value")],
  [["server", "--message", "a", "--message", "b"], server("--message was given twice")],
  [["server", "--message=--", "localhost", "x"], `address "x": ${port.replace("from 1", "from 0")}`],
  [["server", "127.0.0.1", "0", "x"], server("Received unknown argument: 'x'")],
  [["server", "unix:/run/x.sock", "0"], 'address "0": a unix: path has no port']
]

export const refused =
  (as: "process" | "call") =>
  ([words, line]: Case): Row => ({
    name: `exit 2 and one line: ${JSON.stringify(words)}`,
    words,
    as,
    stderr: `${line}\n`,
    code: 2
  })

const asJson = (words: ReadonlyArray<string>, problem: string): Case => {
  const message = `effect-sockets pipe: ${problem}; see effect-sockets pipe --help`
  return [words, JSON.stringify({ event: "error", error: "UsageError", message, exit: 2 })]
}

const calledForJson: ReadonlyArray<Case> = [
  asJson(["pipe", "--json", "--frob"], "unknown option --frob"),
  asJson(["pipe", "--frob", "--json"], "unknown option --frob"),
  asJson(["pipe", "--json", "-4", "-6"], "-4 or -6, not both")
]

export const refusals: ReadonlyArray<Row> = [
  ...inProcess.map(refused("process")),
  ...[...called, ...calledForJson].map(refused("call"))
]

const answered =
  (as: "process" | "call") =>
  ([words, stdout]: readonly [words: ReadonlyArray<string>, stdout: RegExp]): Row => ({
    name: `exit 0 and an answer: ${JSON.stringify(words)}`,
    words,
    as,
    stdout,
    code: 0
  })

/** Without colours, on no terminal. */
export const answers: ReadonlyArray<Row> = [
  answered("process")([["--version"], /^0\.1\.0\n$/]),
  answered("process")([["client", "--help"], /^[\P{Cc}\n]*--max-bytes BYTES[\P{Cc}\n]*$/u]),
  ...(
    [
      [["client", "--version"], /^0\.1\.0\n$/],
      [["--help"], /^[\P{Cc}\n]*COMMANDS[\P{Cc}\n]*client[\P{Cc}\n]*server[\P{Cc}\n]*$/u],
      [["-h"], /^[\P{Cc}\n]*COMMANDS[\P{Cc}\n]*$/u],
      [["client", "--once", "localhost", "-h"], /^[\P{Cc}\n]*--max-bytes BYTES[\P{Cc}\n]*$/u],
      [["server", "--help"], /^[\P{Cc}\n]*--message[\P{Cc}\n]*$/u],
      [
        ["pipe", "--help"],
        /^[\P{Cc}\n]*The end of stdin ends our half[\P{Cc}\n]*--eof half-close\|close\|ignore[\P{Cc}\n]*$/u
      ],
      [["echo", "--help"], /^[\P{Cc}\n]*Sends every client what it sends[\P{Cc}\n]*--idle TIME[\P{Cc}\n]*$/u],
      [["--completions", "bash"], /^[\P{Cc}\n]*pipe[\P{Cc}\n]*--eof[\P{Cc}\n]*$/u],
      [["--completions=zsh"], /^[\P{Cc}\n]*pipe[\P{Cc}\n]*echo[\P{Cc}\n]*$/u],
      [["--completions", "bash"], /^[\P{Cc}\n]*complete -F .* effect-sockets[\P{Cc}\n]*$/u],
      [["--completions=zsh"], /^[\P{Cc}\n]*#compdef effect-sockets[\P{Cc}\n]*$/u],
      [["--completions", "fish"], /^[\P{Cc}\n]*complete -c effect-sockets[\P{Cc}\n]*$/u]
    ] as const
  ).map(answered("call"))
]
