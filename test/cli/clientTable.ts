/**
 * Rows for the program without words, and for a `client` that prints. `--idle` is long in rows that are not about it,
 * so that it does not pass first.
 */
import type { Row } from "./row.ts"

const greeting = "Connection Established\n"
const here = ["client", "--idle=1m", "127.0.0.1", "{port}"]
const code = '{ "$@"; echo "exit $?" >&2; }'

export const lessonRows: ReadonlyArray<Row> = [
  {
    name: "without words on a terminal, the program runs the lesson",
    words: [],
    as: "terminal",
    stdout: greeting,
    code: 0,
    needs: ["script"]
  },
  {
    name: "the lesson on a full disk exits with 1 and one line",
    words: [],
    as: { sh: '"$@" > /dev/full' },
    stderr: "stdout: cannot be written (ENOSPC)\n",
    code: 1,
    needs: ["/dev/full"]
  },
  {
    name: "--help on a full disk exits with 1 and one line",
    words: ["--help"],
    as: { sh: '"$@" > /dev/full' },
    stderr: "stdout: cannot be written (ENOSPC)\n",
    code: 1,
    needs: ["/dev/full"]
  },
  {
    name: "the lesson exits with 0 and no message if the reader of stdout has gone",
    words: [],
    as: { sh: `${code} | true` },
    stderr: "exit 0\n",
    code: 0
  },
  {
    name: "the lesson exits with 0 if stdout is closed from the start",
    words: [],
    as: { sh: '"$@" >&-' },
    code: 0
  },
  {
    name: "the lesson prints the greeting if stderr is closed",
    words: [],
    as: { sh: '"$@" 2>&-' },
    stdout: greeting,
    code: 0
  },
  {
    name: "a usage error exits with 2 if stderr is closed",
    words: ["client", "--frob"],
    as: { sh: '"$@" 2>&-' },
    code: 2
  },
  {
    name: "a usage error exits with 2 if stderr is on a full disk",
    words: ["client", "--frob"],
    as: { sh: '"$@" 2>/dev/full' },
    code: 2,
    needs: ["/dev/full"]
  }
]

export const clientRows: ReadonlyArray<Row> = [
  {
    name: "prints a greeting over IPv6",
    words: ["client", "::1", "{port}"],
    peer: "greetsIPv6",
    stdout: greeting,
    code: 0,
    needs: ["IPv6"]
  },
  {
    name: "prints a greeting over a Unix socket",
    words: ["client", "unix:{path}"],
    peer: "greetsAtPath",
    stdout: greeting,
    code: 0
  },
  {
    name: "prints a greeting that arrives one byte at a time",
    words: here,
    peer: "byteAtATime",
    stdout: greeting,
    code: 0
  },
  {
    name: "prints whole characters, although they arrive in pieces",
    words: here,
    peer: "cutCharacters",
    stdout: "a é € 😀\n",
    code: 0
  },
  {
    name: "--bufsize 1 prints whole characters too",
    words: [...here, "--bufsize", "1"],
    peer: "cutCharacters",
    stdout: "a é € 😀\n",
    code: 0
  },
  { name: "a peer that ends without a byte prints nothing", words: here, peer: "ends", code: 0 },
  {
    name: "--once receives only once",
    words: [...here, "--once", "--bufsize=10"],
    peer: "stays",
    stdout: "still here\n",
    code: 0
  },
  {
    name: "--once with a small --bufsize prints only the start",
    words: [...here, "--once", "--bufsize=5"],
    peer: "stays",
    stdout: "still\n",
    code: 0
  },
  {
    name: "control characters are written raw to a pipe",
    words: here,
    peer: "escapes",
    stdout: "a\tb\n\x1b]0;title\x07\r\x7f\x9b31m \u202eabc\u2069 é\n",
    code: 0
  },
  {
    name: "control characters and bidi overrides are escaped on a terminal",
    words: here,
    as: "terminal",
    peer: "escapes",
    stdout: "a\tb\n\\x1b]0;title\\x07\\x0d\\x7f\\x9b31m \\u202eabc\\u2069 é\n",
    code: 0,
    needs: ["script"]
  },
  {
    name: "--encoding utf-8 decodes utf-8",
    words: [...here, "--encoding", "utf-8"],
    peer: "accents",
    stdout: "café\n",
    code: 0
  },
  {
    name: "--encoding latin1 decodes any byte",
    words: [...here, "--encoding=latin1"],
    peer: "notUtf8",
    stdout: "café au lait\n",
    code: 0
  },
  {
    name: "--encoding ascii fails at a byte that is not ascii, after the text before it",
    words: [...here, "--encoding", "ascii"],
    peer: "accents",
    stdout: "caf\n",
    stderr: "'ascii' codec can't decode byte 0xc3 in position 0 (byte 3 of the stream): ordinal not in range(128)\n",
    code: 1
  },
  {
    name: "invalid utf-8 fails, after the text before it",
    words: here,
    peer: "notUtf8",
    stdout: "caf\n",
    stderr: "'utf-8' codec can't decode byte 0xe9 in position 0 (byte 3 of the stream): invalid continuation byte\n",
    code: 1
  },
  {
    name: "an incomplete character before the end fails",
    words: here,
    peer: "halfACharacter",
    stdout: "a\n",
    stderr: "'utf-8' codec can't decode byte 0xc3 in position 0 (byte 1 of the stream): unexpected end of data\n",
    code: 1
  },
  {
    name: "an incomplete character before --idle passes fails",
    words: ["client", "--idle=250ms", "127.0.0.1", "{port}"],
    peer: "halfThenSilence",
    stdout: "a\n",
    stderr: "'utf-8' codec can't decode byte 0xc3 in position 0 (byte 1 of the stream): unexpected end of data\n",
    code: 1
  },
  {
    name: "--max-bytes prints the bytes up to the limit, and more is an error",
    words: [...here, "--max-bytes", "10"],
    peer: "greets",
    stdout: "Connection\n",
    stderr: "recv: received more than the limit of 10 bytes\n",
    code: 1
  },
  {
    name: "--max-bytes allows exactly that many bytes",
    words: [...here, "--max-bytes", "22"],
    peer: "greets",
    stdout: greeting,
    code: 0
  },
  {
    name: "the default of --max-bytes is 1 MiB: of 200 MiB it prints 1 MiB and a newline, then fails",
    words: here,
    peer: "sends200MiB",
    as: { sh: `${code} | wc -c` },
    stdout: /^\s*1048577\n$/,
    stderr: "recv: received more than the limit of 1048576 bytes\nexit 1\n",
    code: 0
  },
  {
    name: "| head -c 5 of a flood ends the client with 0 and no message",
    words: [...here, "--max-bytes=9007199254740991"],
    peer: "floods",
    as: { sh: `${code} | head -c 5` },
    stdout: "Conne",
    stderr: "exit 0\n",
    code: 0
  },
  {
    name: "a greeting on a full disk exits with 1 and one line",
    words: here,
    peer: "greets",
    as: { sh: '"$@" > /dev/full' },
    stderr: "stdout: cannot be written (ENOSPC)\n",
    code: 1,
    needs: ["/dev/full"]
  }
]
