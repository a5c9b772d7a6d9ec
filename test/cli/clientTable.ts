/** The rows of the program without words, and those of `client` that print. `--idle` is long where it is not the point. */
import type { Row } from "./row.ts"

const greeting = "Connection Established\n"
const here = ["client", "--idle=1m", "127.0.0.1", "{port}"]
const code = '{ "$@"; echo "exit $?" >&2; }'

export const lessonRows: ReadonlyArray<Row> = [
  {
    name: "no words on a terminal: the lesson",
    words: [],
    as: "terminal",
    stdout: greeting,
    code: 0,
    needs: ["script"]
  },
  {
    name: "the lesson on a full disk: one line, exit 1",
    words: [],
    as: { sh: '"$@" > /dev/full' },
    stderr: "stdout: cannot be written (ENOSPC)\n",
    code: 1,
    needs: ["/dev/full"]
  },
  {
    name: "--help on a full disk: one line, exit 1",
    words: ["--help"],
    as: { sh: '"$@" > /dev/full' },
    stderr: "stdout: cannot be written (ENOSPC)\n",
    code: 1,
    needs: ["/dev/full"]
  },
  {
    name: "the lesson to a reader that has gone: quiet, exit 0",
    words: [],
    as: { sh: `${code} | true` },
    stderr: "exit 0\n",
    code: 0
  },
  {
    name: "the lesson with stdout closed from the start: Node writes to nowhere, exit 0",
    words: [],
    as: { sh: '"$@" >&-' },
    code: 0
  },
  { name: "the lesson with stderr closed: as ever", words: [], as: { sh: '"$@" 2>&-' }, stdout: greeting, code: 0 },
  {
    name: "a usage error with stderr closed: exit 2 all the same",
    words: ["client", "--frob"],
    as: { sh: '"$@" 2>&-' },
    code: 2
  },
  {
    name: "a usage error with stderr on a full disk: exit 2 all the same",
    words: ["client", "--frob"],
    as: { sh: '"$@" 2>/dev/full' },
    code: 2,
    needs: ["/dev/full"]
  }
]

export const clientRows: ReadonlyArray<Row> = [
  {
    name: "a greeting over IPv6",
    words: ["client", "::1", "{port}"],
    peer: "greetsIPv6",
    stdout: greeting,
    code: 0,
    needs: ["IPv6"]
  },
  {
    name: "a greeting over a Unix socket",
    words: ["client", "unix:{path}"],
    peer: "greetsAtPath",
    stdout: greeting,
    code: 0
  },
  { name: "a greeting a byte at a time", words: here, peer: "byteAtATime", stdout: greeting, code: 0 },
  { name: "characters cut in the middle are whole", words: here, peer: "cutCharacters", stdout: "a é € 😀\n", code: 0 },
  {
    name: "--bufsize 1: whole characters all the same",
    words: [...here, "--bufsize", "1"],
    peer: "cutCharacters",
    stdout: "a é € 😀\n",
    code: 0
  },
  { name: "a peer that ends without a byte: nothing", words: here, peer: "ends", code: 0 },
  {
    name: "--once: one recv and no more",
    words: [...here, "--once", "--bufsize=10"],
    peer: "stays",
    stdout: "still here\n",
    code: 0
  },
  {
    name: "--once and a bufsize below what came: its beginning",
    words: [...here, "--once", "--bufsize=5"],
    peer: "stays",
    stdout: "still\n",
    code: 0
  },
  {
    name: "to a pipe, what a terminal would not be given: raw",
    words: here,
    peer: "escapes",
    stdout: "a\tb\n\x1b]0;title\x07\r\x7f\x9b31m \u202eabc\u2069 é\n",
    code: 0
  },
  {
    name: "to a terminal, control characters and bidi overrides: escaped",
    words: here,
    as: "terminal",
    peer: "escapes",
    stdout: "a\tb\n\\x1b]0;title\\x07\\x0d\\x7f\\x9b31m \\u202eabc\\u2069 é\n",
    code: 0,
    needs: ["script"]
  },
  { name: "--encoding utf-8", words: [...here, "--encoding", "utf-8"], peer: "accents", stdout: "café\n", code: 0 },
  {
    name: "--encoding latin1: any byte is a character",
    words: [...here, "--encoding=latin1"],
    peer: "notUtf8",
    stdout: "café au lait\n",
    code: 0
  },
  {
    name: "--encoding ascii: what is none fails, after what is",
    words: [...here, "--encoding", "ascii"],
    peer: "accents",
    stdout: "caf\n",
    stderr: "'ascii' codec can't decode byte 0xc3 in position 0 (byte 3 of the stream): ordinal not in range(128)\n",
    code: 1
  },
  {
    name: "bytes that are no utf-8 fail, after what is",
    words: here,
    peer: "notUtf8",
    stdout: "caf\n",
    stderr: "'utf-8' codec can't decode byte 0xe9 in position 0 (byte 3 of the stream): invalid continuation byte\n",
    code: 1
  },
  {
    name: "half a character and the end fails",
    words: here,
    peer: "halfACharacter",
    stdout: "a\n",
    stderr: "'utf-8' codec can't decode byte 0xc3 in position 0 (byte 1 of the stream): unexpected end of data\n",
    code: 1
  },
  {
    name: "half a character and silence fails too",
    words: ["client", "--idle=250ms", "127.0.0.1", "{port}"],
    peer: "halfThenSilence",
    stdout: "a\n",
    stderr: "'utf-8' codec can't decode byte 0xc3 in position 0 (byte 1 of the stream): unexpected end of data\n",
    code: 1
  },
  {
    name: "--max-bytes: more is an error, after what fits",
    words: [...here, "--max-bytes", "10"],
    peer: "greets",
    stdout: "Connection\n",
    stderr: "recv: more than 10 bytes came\n",
    code: 1
  },
  {
    name: "--max-bytes: just so many are none",
    words: [...here, "--max-bytes", "22"],
    peer: "greets",
    stdout: greeting,
    code: 0
  },
  {
    name: "200 MiB against the default of --max-bytes: 1 MiB and its newline, and an error",
    words: here,
    peer: "sends200MiB",
    as: { sh: `${code} | wc -c` },
    stdout: /^\s*1048577\n$/,
    stderr: "recv: more than 1048576 bytes came\nexit 1\n",
    code: 0
  },
  {
    name: "| head -c 5 of a flood ends it quietly, exit 0",
    words: [...here, "--max-bytes=9007199254740991"],
    peer: "floods",
    as: { sh: `${code} | head -c 5` },
    stdout: "Conne",
    stderr: "exit 0\n",
    code: 0
  },
  {
    name: "a greeting on a full disk: one line, exit 1",
    words: here,
    peer: "greets",
    as: { sh: '"$@" > /dev/full' },
    stderr: "stdout: cannot be written (ENOSPC)\n",
    code: 1,
    needs: ["/dev/full"]
  }
]
