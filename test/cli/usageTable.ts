/** Rows that open no connection: usage errors, and what the program prints by itself. */
import type { Row } from "./row.ts"

const port = "a port is a whole number from 1 to 65535, such as 808"
const time = "use a number and a unit (ms, s, m or h), such as 250ms or 10s"
const ip = "use an IP address, such as 192.0.2.7 or fe80::1%eth0"
const bytes = "use a positive whole number of bytes, such as 1024"
const noHost = "the host must be a name or an IP address: no URL, no path, no prefix length"
const client = (problem: string) => `effect-sockets client: ${problem}; see effect-sockets client --help`
const ofPipe = (problem: string) => `effect-sockets pipe: ${problem}; see effect-sockets pipe --help`
const server = (problem: string) => `effect-sockets server: ${problem}; see effect-sockets server --help`

export type Case = readonly [words: ReadonlyArray<string>, line: string]

/** These run as a process, as a person runs the program. */
const inProcess: ReadonlyArray<Case> = [
  [["pip"], 'effect-sockets: unknown command "pip" (did you mean pipe?); see effect-sockets --help'],
  [["client", "--frob", "localhost"], client("unknown option --frob")],
  [["client", "localhost", "65536"], `address "65536": ${port}`],
  [["client", "http://localhost:80/"], `address "http://localhost:80/": ${noHost}`],
  [["client", "--timeout", "10"], client(`--timeout "10": ${time}`)],
  [["client", "--wizard"], client("--wizard asks questions, so stdin must be a terminal")]
]

const called: ReadonlyArray<Case> = [
  [["--frob"], "effect-sockets: unknown option --frob; see effect-sockets --help"],
  [["frob"], 'effect-sockets: unknown command "frob"; see effect-sockets --help'],
  [["Client"], 'effect-sockets: unknown command "Client" (did you mean client?); see effect-sockets --help'],
  [["client", "--timout", "1s"], client("unknown option --timout (did you mean --timeout?)")],
  [["client", "-json"], client("unknown option -json (did you mean --json?)")],
  [["--once", "client"], "effect-sockets: unknown option --once; see effect-sockets --help"],
  [
    ["--completions", "csh"],
    'effect-sockets: --completions "csh": use one of sh, bash, fish, zsh; see effect-sockets --help'
  ],
  [["--completions"], "effect-sockets: --completions needs a value; see effect-sockets --help"],
  [["client", "-x", "localhost"], client("unknown option -x")],
  [["client", "-4", "-6", "localhost"], client("use -4 or -6, not both")],
  [["client", "localhost", "-4", "-4"], client("-4 was given twice")],
  [["client", "-4", "::1"], 'address "::1": this is IPv6, but -4 allows only IPv4'],
  [["client", "-6", "unix:/run/x.sock"], 'address "unix:/run/x.sock": this is a unix: path, but -6 allows only IPv6'],
  [["client", "localhost", "--frob=1", "808"], client("unknown option --frob")],
  [["client", "--message", "x"], client("unknown option --message")],
  [["client", "--\x1b[31m"], client("unknown option --\\x1b[31m")],
  [["client", "localhost", "808", "809"], client('unexpected argument "809"')],
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
  [["client", "--encoding", "utf8"], client('--encoding "utf8": use utf-8, ascii or latin1')],
  [["client", "localhost", "abc"], `address "abc": ${port}`],
  [["client", "localhost", "-1"], `address "-1": ${port}`],
  [["client", "localhost", ""], `address "": ${port}`],
  [["client", "localhost", "0"], `address "0": ${port}`],
  [["client", "localhost", "080"], `address "080": ${port}`],
  [["client", "localhost", "80.0"], `address "80.0": ${port}`],
  [["client", "", "808"], 'address "": the host is empty; to listen on all addresses, write 0.0.0.0 or ::'],
  [["client", "localhost:808"], 'address "localhost:808": HOST must not contain the port; write: localhost 808'],
  [["client", "/run/x.sock"], `address "/run/x.sock": ${noHost}`],
  [["client", "unix:/run/x.sock", "808"], 'address "808": a unix: path has no port; leave it out'],
  [["client", "unix:"], 'address "unix:": write the path after unix:, such as unix:/run/x.sock'],
  [["pipe", "--eof", "never"], ofPipe('--eof "never": use one of half-close, close, ignore')],
  [["pipe", "-4", "--listen", "-6"], ofPipe("use -4 or -6, not both")],
  [["pipe", "-6", "--source", "127.0.0.1"], ofPipe("-6 and --source 127.0.0.1 have different families")],
  [["client", "-4", "--source", "::1"], client("-4 and --source ::1 have different families")],
  [["client", "--source", "localhost"], client(`--source "localhost": ${ip}`)],
  [["client", "--source-port", "0"], client(`--source-port "0": use 1 to 65535`)],
  [["client", "--source-port", "65536"], client(`--source-port "65536": use 1 to 65535`)],
  [["pipe", "--listen", "--source", "127.0.0.1"], ofPipe("--source and --listen exclude each other")],
  [["pipe", "--listen", "--source-port", "808"], ofPipe("--source-port and --listen exclude each other")],
  [["pipe", "-6", "127.0.0.1"], 'address "127.0.0.1": this is IPv4, but -6 allows only IPv6'],
  [["pipe", "--once"], ofPipe("unknown option --once")],
  [["pipe", "--idle", "5"], ofPipe(`--idle "5": ${time}`)],
  [["echo", "--timeout", "5s"], "effect-sockets echo: unknown option --timeout; see effect-sockets echo --help"],
  [["server", "localhost", "65536"], `address "65536": ${port.replace("from 1", "from 0")}`],
  [["server", "localhost", "-1"], `address "-1": ${port.replace("from 1", "from 0")}`],
  [["server", "--once"], server("unknown option --once")],
  [["server", "--message"], server("--message needs a value")],
  [["server", "--message", "a", "--message", "b"], server("--message was given twice")],
  [["server", "--message=--", "localhost", "x"], `address "x": ${port.replace("from 1", "from 0")}`],
  [["server", "127.0.0.1", "0", "x"], server('unexpected argument "x"')],
  [["server", "unix:/run/x.sock", "0"], 'address "0": a unix: path has no port; leave it out']
]

export const refused =
  (as: "process" | "call") =>
  ([words, line]: Case): Row => ({
    name: `exits with 2 and one line: ${JSON.stringify(words)}`,
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
  asJson(["pipe", "--json", "-4", "-6"], "use -4 or -6, not both")
]

export const refusals: ReadonlyArray<Row> = [
  ...inProcess.map(refused("process")),
  ...[...called, ...calledForJson].map(refused("call"))
]

const answered =
  (as: "process" | "call") =>
  ([words, stdout]: readonly [words: ReadonlyArray<string>, stdout: RegExp]): Row => ({
    name: `exits with 0 and prints: ${JSON.stringify(words)}`,
    words,
    as,
    stdout,
    code: 0
  })

/** Without styles, because stdout is not a terminal. */
export const answers: ReadonlyArray<Row> = [
  answered("process")([["--version"], /^0\.1\.0\n$/]),
  answered("process")([["client", "--help"], /^[\P{Cc}\n]*--max-bytes BYTES[\P{Cc}\n]*$/u]),
  ...(
    [
      [["client", "--version"], /^0\.1\.0\n$/],
      [["--help"], /^[\P{Cc}\n]*Commands:[\P{Cc}\n]*client[\P{Cc}\n]*server[\P{Cc}\n]*$/u],
      [["-h"], /^[\P{Cc}\n]*Commands:[\P{Cc}\n]*$/u],
      [["client", "--once", "localhost", "-h"], /^[\P{Cc}\n]*--max-bytes BYTES[\P{Cc}\n]*$/u],
      [["server", "--help"], /^[\P{Cc}\n]*--message[\P{Cc}\n]*$/u],
      [["pipe", "--help"], /^Send stdin [\P{Cc}\n]*--eof ACTION [\P{Cc}\n]*half-close[\P{Cc}\n]*$/u],
      [["echo", "--help"], /^Listen, and send every byte back [\P{Cc}\n]*--idle TIME[\P{Cc}\n]*$/u],
      [["--completions", "bash"], /^[\P{Cc}\n]*pipe[\P{Cc}\n]*--eof[\P{Cc}\n]*$/u],
      [["--completions=zsh"], /^[\P{Cc}\n]*pipe[\P{Cc}\n]*echo[\P{Cc}\n]*$/u],
      [["--completions", "bash"], /^[\P{Cc}\n]*complete -F .* effect-sockets[\P{Cc}\n]*$/u],
      [["--completions=zsh"], /^[\P{Cc}\n]*#compdef effect-sockets[\P{Cc}\n]*$/u],
      [["--completions", "fish"], /^[\P{Cc}\n]*complete -c effect-sockets[\P{Cc}\n]*$/u]
    ] as const
  ).map(answered("call"))
]
