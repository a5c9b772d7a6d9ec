import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import {
  acceptReason,
  connectReason,
  listenReason,
  recvReason,
  resolveReason,
  sendReason
} from "../src/internal/error/reasons.ts"
import * as SocketAddress from "../src/SocketAddress.ts"
import * as SocketError from "../src/SocketError.ts"

const here = SocketAddress.unsafeInet("127.0.0.1", 40000)
const there = SocketAddress.unsafeInet("127.0.0.1", 808)
const path = SocketAddress.unsafeUnix("/run/x.sock")
const peer = { localAddress: here, remoteAddress: there }

describe("the mapping of codes", () => {
  const table: ReadonlyArray<readonly [operation: string, (code: string) => string, Readonly<Record<string, string>>]> =
    [
      [
        "connect",
        connectReason,
        {
          ECONNREFUSED: "Refused",
          ETIMEDOUT: "TimedOut",
          ENETUNREACH: "NetworkUnreachable",
          EHOSTUNREACH: "HostUnreachable",
          EACCES: "PermissionDenied",
          EPERM: "PermissionDenied",
          ERR_ACCESS_DENIED: "PermissionDenied",
          ENODEV: "InvalidZone",
          ECONNRESET: "Reset",
          EMFILE: "TooManyOpenFiles",
          ENFILE: "TooManyOpenFiles",
          ENOBUFS: "TooManyOpenFiles",
          EADDRNOTAVAIL: "NoLocalPort",
          EAFNOSUPPORT: "AddressNotAvailable",
          EADDRINUSE: "AddressInUse",
          EINVAL: "Unknown",
          ENOENT: "NotFound",
          EPROTOTYPE: "WrongSocketType",
          EAGAIN: "BacklogFull"
        }
      ],
      [
        "listen",
        listenReason,
        {
          EADDRINUSE: "AddressInUse",
          EADDRNOTAVAIL: "AddressNotAvailable",
          EACCES: "PermissionDenied",
          ERR_ACCESS_DENIED: "PermissionDenied",
          ENODEV: "InvalidZone",
          ENOENT: "NotFound",
          EAFNOSUPPORT: "Unsupported",
          EINVAL: "Unsupported",
          EMFILE: "TooManyOpenFiles",
          ERR_SERVER_ALREADY_LISTEN: "Unknown"
        }
      ],
      ["accept", acceptReason, { EMFILE: "TooManyOpenFiles", ENFILE: "TooManyOpenFiles", EIO: "Unknown" }],
      [
        "recv",
        recvReason,
        {
          ECONNRESET: "Reset",
          ETIMEDOUT: "TimedOut",
          EHOSTUNREACH: "HostUnreachable",
          ENETDOWN: "HostUnreachable",
          EPIPE: "Reset",
          EIO: "Unknown"
        }
      ],
      [
        "send",
        sendReason,
        {
          EPIPE: "BrokenPipe",
          ECONNRESET: "Reset",
          ETIMEDOUT: "TimedOut",
          EHOSTUNREACH: "HostUnreachable",
          ERR_STREAM_WRITE_AFTER_END: "AfterShutdown",
          ERR_STREAM_DESTROYED: "Closed",
          ERR_SOCKET_CLOSED: "Closed",
          EIO: "Unknown"
        }
      ],
      [
        "resolve",
        resolveReason,
        {
          ENOTFOUND: "NotFound",
          EAI_AGAIN: "TryAgain",
          EINVAL: "BadName",
          ERR_ACCESS_DENIED: "PermissionDenied",
          EAI_FAIL: "ServerFailure",
          EAI_MEMORY: "TryAgain",
          ENODATA: "NoData",
          ESERVFAIL: "ServerFailure",
          EREFUSED: "Refused",
          EFORMERR: "BadResponse",
          ENOTIMP: "ServerFailure",
          ETIMEOUT: "TimedOut",
          EBADRESP: "BadResponse",
          EBADNAME: "BadName",
          ECANCELLED: "Unknown",
          ECONNREFUSED: "Refused"
        }
      ]
    ]
  for (const [operation, reasonOf, codes] of table) {
    for (const [code, reason] of Object.entries(codes)) {
      it(`${operation}: ${code} is ${reason}`, () => assert.strictEqual(reasonOf(code), reason))
    }
    it(`${operation}: any other code has a reason, and none throws`, () =>
      fc.assert(
        fc.property(fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "toString")), code =>
          assert.isString(reasonOf(code))
        )
      ))
  }

  it("listen: EACCES of a path whose directory is missing is NotFound", () =>
    assert.strictEqual(listenReason("EACCES", true), "NotFound"))
})

describe("messages", () => {
  const cases: ReadonlyArray<readonly [SocketError.SocketError, string]> = [
    [
      new SocketError.ConnectError({ reason: "Refused", address: there, attempts: [], code: "ECONNREFUSED" }),
      "connect 127.0.0.1:808: connection refused (ECONNREFUSED)"
    ],
    [
      new SocketError.ConnectError({ reason: "NotFound", address: path, attempts: [], code: "ENOENT" }),
      "connect unix:/run/x.sock: no such file (ENOENT)"
    ],
    [
      new SocketError.ConnectError({
        reason: "TimedOut",
        address: there,
        attempts: [],
        by: "timeout",
        timeout: Duration.seconds(10)
      }),
      "connect 127.0.0.1:808: timed out after 10s"
    ],
    [
      new SocketError.ListenError({ reason: "PermissionDenied", address: there, code: "EACCES" }),
      "listen 127.0.0.1:808: permission denied (EACCES); ports below 1024 need privileges"
    ],
    [
      new SocketError.ResolveError({ reason: "PermissionDenied", host: "server", code: "ERR_ACCESS_DENIED" }),
      `resolve "server": permission denied (ERR_ACCESS_DENIED); Node's permission model forbids it, see --allow-net`
    ],
    [
      new SocketError.ResolveError({ reason: "NotFound", host: "nosuch.invalid", code: "ENOTFOUND" }),
      'resolve "nosuch.invalid": name not found (ENOTFOUND)'
    ],
    [
      new SocketError.RecvError({ reason: "Reset", ...peer, code: "ECONNRESET" }),
      "recv 127.0.0.1:808: connection reset by peer (ECONNRESET)"
    ],
    [
      new SocketError.RecvError({ reason: "InvalidBufsize", ...peer, bufsize: -1 }),
      "recv 127.0.0.1:808: bufsize must be a positive safe integer, not -1"
    ],
    ...(
      [
        ["recvTimeout", "timed out after 10s without a byte (recvTimeout)"],
        ["messageTimeout", "timed out after 10s in total (messageTimeout)"],
        ["minThroughput", "timed out after 10s, because too few bytes arrived (minThroughput)"]
      ] as const
    ).map(
      ([by, meaning]) =>
        [
          new SocketError.RecvError({ reason: "TimedOut", ...peer, by, timeout: Duration.seconds(10) }),
          `recv 127.0.0.1:808: ${meaning}`
        ] as const
    ),
    [
      new SocketError.SendError({
        reason: "TimedOut",
        ...peer,
        by: "sendTimeout",
        timeout: Duration.millis(1500),
        bytesRequested: 1,
        bytesAccepted: 0
      }),
      "send 127.0.0.1:808: timed out after 1s 500ms without progress (sendTimeout)"
    ],
    [
      new SocketError.RecvError({ reason: "InvalidDelimiter", ...peer }),
      "recv 127.0.0.1:808: the delimiter must be bytes or text, and not empty"
    ],
    [
      new SocketError.SendError({ reason: "BrokenPipe", ...peer, bytesRequested: 1, bytesAccepted: 0, code: "EPIPE" }),
      "send 127.0.0.1:808: broken pipe, the peer has closed (EPIPE)"
    ],
    [new SocketError.AcceptError({ reason: "Closed", address: there }), "accept 127.0.0.1:808: the listener is closed"],
    [new SocketError.UnexpectedEnd({ expected: 8, available: 3 }), "recv: the stream ended after 3 of 8 bytes"],
    [
      new SocketError.LimitExceeded({ operation: "recvAll", limit: 1 }),
      "recvAll: received more than the limit of 1 byte"
    ],
    [
      new SocketError.LimitExceeded({ operation: "lengthPrefixed", limit: 9, announced: 10 }),
      "lengthPrefixed: the prefix announces a frame of 10 bytes, and the limit is 9"
    ],
    [
      new SocketError.FrameError({ reason: "InvalidJson", streamOffset: 7, detail: "a\nb\u001b" }),
      "frame at byte 7 of the stream: not valid JSON: a b\\u{1b}; the frame stays buffered and can be received another way"
    ],
    [
      new SocketError.FrameError({ reason: "InvalidDelimiter", streamOffset: 0 }),
      "frame at byte 0 of the stream: the delimiter must not be empty"
    ],
    [
      new SocketError.FrameEncodeError({ reason: "TooLong", length: 300, limit: 255 }),
      "frame to send: its length is 300 bytes, and the limit is 255; send it in parts"
    ],
    [
      new SocketError.FrameEncodeError({ reason: "ContainsDelimiter" }),
      "frame to send: the delimiter occurs before the end of the message; escape it, or use a length prefix"
    ],
    [new SocketError.UnexpectedEnd({ expected: 1, available: 0 }), "recv: the stream ended after 0 of 1 byte"],
    [new SocketError.UnexpectedEnd({ available: 3 }), "recv: the stream ended after 3 bytes, before the delimiter"],
    [new SocketError.UnexpectedEnd({ available: 1 }), "recv: the stream ended after 1 byte, before the delimiter"],
    [
      new SocketError.LimitExceeded({ operation: "recvLine", limit: 65_536 }),
      "recvLine: received more than the limit of 65536 bytes"
    ],
    [
      new SocketError.LimitExceeded({ operation: "recvUntil", limit: 0 }),
      "recvUntil: received more than the limit of 0 bytes"
    ]
  ]
  for (const [error, message] of cases) {
    it(`${error._tag}: ${message}`, () => {
      assert.strictEqual(error.message, message)
      assert.include(Cause.pretty(Cause.fail(error)), message)
    })
  }

  it("are one line that is safe on a terminal, for any input", () =>
    fc.assert(
      fc.property(fc.oneof(fc.anything({ withNullPrototype: true }), fc.string({ unit: "binary" })), input => {
        const error = new SocketError.AddressError({ reason: "InvalidFormat", input, detail: "no address" })
        assert.notMatch(error.message, /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
      })
    ))

  it("contain the local address if the peer has no name", () => {
    const error = new SocketError.RecvError({
      reason: "Closed",
      localAddress: path,
      remoteAddress: SocketAddress.unixUnnamed
    })
    assert.strictEqual(error.message, "recv unix:/run/x.sock: the socket is closed")
  })
})

describe("predicates", () => {
  const reset = new SocketError.RecvError({ reason: "Reset", ...peer })
  const late = new SocketError.ConnectError({ reason: "TimedOut", address: there, attempts: [] })
  const busy = new SocketError.RecvError({ reason: "Busy", ...peer })
  const cut = new SocketError.UnexpectedEnd({ expected: 2, available: 1 })
  const unended = new SocketError.UnexpectedEnd({ available: 1 })
  const long = new SocketError.LimitExceeded({ operation: "recvLine", limit: 10 })
  const wrong = new SocketError.RecvError({ reason: "InvalidDelimiter", ...peer })
  const noPort = new SocketError.ConnectError({ reason: "NoLocalPort", address: there, attempts: [] })
  const noAddress = new SocketError.ConnectError({ reason: "AddressNotAvailable", address: there, attempts: [] })
  const full = new SocketError.ConnectError({ reason: "BacklogFull", address: path, attempts: [] })
  const all = [reset, late, noPort, noAddress, full, busy, cut, unended, long, wrong]
  const those = (predicate: (error: SocketError.SocketError) => boolean) => all.filter(predicate)

  it("isTimeout: any timeout passed", () => assert.deepStrictEqual(those(SocketError.isTimeout), [late]))

  it("isRetryable: the same operation may succeed if it is tried again", () =>
    assert.deepStrictEqual(those(SocketError.isRetryable), [reset, late, noPort, full]))

  it("isPeerGone: the peer reset, closed during a send, or ended before the expected bytes", () =>
    assert.deepStrictEqual(those(SocketError.isPeerGone), [reset, cut, unended]))

  it("are false for any other value", () => {
    const others = [
      undefined,
      null,
      1,
      "Reset",
      new Error("Reset"),
      { reason: "Reset" },
      { _tag: "Other", reason: "TimedOut" }
    ]
    for (const other of [...others, { _tag: "RecvError", reason: "toString" }, { _tag: "RecvError" }]) {
      for (const is of [SocketError.isTimeout, SocketError.isRetryable, SocketError.isPeerGone]) {
        assert.isFalse(is(other))
      }
    }
  })

  it("toPythonName: the exception that Python raises for the same error", () => {
    assert.strictEqual(SocketError.toPythonName(reset), "ConnectionResetError")
    assert.strictEqual(SocketError.toPythonName(late), "TimeoutError")
    assert.strictEqual(SocketError.toPythonName(cut), "IncompleteReadError")
    assert.strictEqual(SocketError.toPythonName(unended), "IncompleteReadError")
    assert.strictEqual(SocketError.toPythonName(long), "LimitOverrunError")
    assert.strictEqual(SocketError.toPythonName(wrong), "ValueError")
    assert.strictEqual(SocketError.toPythonName(busy), "OSError")
    const refused = new SocketError.ConnectError({ reason: "Refused", address: there, attempts: [] })
    assert.strictEqual(SocketError.toPythonName(refused), "ConnectionRefusedError")
    const unknown = new SocketError.ResolveError({ reason: "NotFound", host: "x" })
    assert.strictEqual(SocketError.toPythonName(unknown), "gaierror")
    const frame = new SocketError.FrameError({ reason: "InvalidJson", streamOffset: 0 })
    const unsent = new SocketError.FrameEncodeError({ reason: "TooLong" })
    assert.deepStrictEqual([frame, unsent].map(SocketError.toPythonName), ["ValueError", "ValueError"])
  })

  it.effect("errors can be yielded, and caught by their tag", () =>
    Effect.gen(function* () {
      const caught = yield* Effect.catchTag(Effect.flip(Effect.flip(reset)), "RecvError", error =>
        Effect.succeed(error.reason)
      )
      assert.strictEqual(caught, "Reset")
    })
  )
})
