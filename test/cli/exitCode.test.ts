/** The exit code and the line of each error. */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as exitCode from "../../src/cli/kit/exitCode.ts"
import { InputError } from "../../src/cli/kit/input.ts"
import { OutputError } from "../../src/cli/kit/output.ts"
import { Signalled } from "../../src/cli/kit/signal.ts"
import { SilenceError } from "../../src/cli/kit/silence.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import * as SocketError from "../../src/SocketError.ts"

const address = SocketAddress.unsafeInet("127.0.0.1", 808)
const ends = { localAddress: address, remoteAddress: address }
const ours = { by: "timeout", timeout: Duration.seconds(10) } as const

const cases: ReadonlyArray<readonly [title: string, error: exitCode.Failure, code: number, line?: string]> = [
  [
    "a usage error",
    new exitCode.UsageError({ command: "effect-sockets client", problem: "unknown option --frob" }),
    2,
    "effect-sockets client: unknown option --frob; see effect-sockets client --help"
  ],
  [
    "a bad address",
    new SocketError.AddressError({ reason: "EmptyHost", input: "", detail: "wrong" }),
    2,
    'address "": wrong'
  ],
  ["a bad bufsize", new SocketError.RecvError({ ...ends, reason: "InvalidBufsize", bufsize: 0 }), 2],
  ["a bad delimiter", new SocketError.RecvError({ ...ends, reason: "InvalidDelimiter" }), 2],
  ["a receive while another one waits", new SocketError.RecvError({ ...ends, reason: "Busy" }), 1],
  ["connection refused", new SocketError.ConnectError({ reason: "Refused", address, attempts: [] }), 1],
  [
    "our timeout for connecting",
    new SocketError.ConnectError({ reason: "TimedOut", address, attempts: [], ...ours }),
    124,
    "connect 127.0.0.1:808: timed out after 10s"
  ],
  [
    "a timeout of the kernel",
    new SocketError.ConnectError({ reason: "TimedOut", address, attempts: [], by: "kernel" }),
    1
  ],
  ["our timeout for receiving", new SocketError.RecvError({ ...ends, reason: "TimedOut", ...ours }), 124],
  [
    "a receive timeout of the socket",
    new SocketError.RecvError({ ...ends, reason: "TimedOut", by: "messageTimeout", timeout: Duration.seconds(10) }),
    124,
    "recv 127.0.0.1:808: timed out after 10s in total (messageTimeout)"
  ],
  [
    "a send timeout of the socket",
    new SocketError.SendError({
      ...ends,
      reason: "TimedOut",
      by: "sendTimeout",
      timeout: Duration.seconds(10),
      bytesRequested: 10,
      bytesAccepted: 0
    }),
    124,
    "send 127.0.0.1:808: timed out after 10s without progress (sendTimeout)"
  ],
  [
    "no client in time",
    new SilenceError({ address: "127.0.0.1:808", what: "no client connected", timeout: Duration.seconds(10) }),
    124,
    "127.0.0.1:808: no client connected for 10s"
  ],
  ["stdin cannot be read", new InputError({ code: "EIO" }), 1, "stdin: cannot be read (EIO)"],
  ["a reset", new SocketError.RecvError({ ...ends, reason: "Reset" }), 1],
  ["an unknown host", new SocketError.ResolveError({ reason: "NotFound", host: "x" }), 1],
  ["no permission", new SocketError.ListenError({ reason: "PermissionDenied", address }), 1],
  ["the peer ends before a delimiter", new SocketError.UnexpectedEnd({ available: 3 }), 1],
  ["more than --max-bytes", new SocketError.LimitExceeded({ operation: "recv", limit: 10 }), 1],
  ["stdout is full", new OutputError({ reason: "Failed", code: "ENOSPC" }), 1, "stdout: cannot be written (ENOSPC)"],
  ["stdout is closed", new OutputError({ reason: "Closed", code: "EPIPE" }), 0, ""],
  ["SIGINT", new Signalled({ signal: "SIGINT" }), 130, ""],
  ["SIGTERM", new Signalled({ signal: "SIGTERM" }), 143, ""],
  ["SIGHUP", new Signalled({ signal: "SIGHUP" }), 129, ""]
]

describe("exit codes", () => {
  for (const [title, error, code, line = error.message] of cases) {
    it(title, () => {
      assert.strictEqual(exitCode.exitCode(error), code)
      assert.strictEqual(
        Option.getOrElse(exitCode.message(error), () => ""),
        line
      )
    })
  }
})
