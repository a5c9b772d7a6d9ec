/** Every error class of the library, filled with what a hostile peer could send, printed in every way there is. */
import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import * as SimulatedNetwork from "../../../src/SimulatedNetwork.ts"
import * as SocketAddress from "../../../src/SocketAddress.ts"
import * as SocketError from "../../../src/SocketError.ts"
import * as TestServer from "../../../src/TestServer.ts"
import * as Tls from "../../../src/Tls.ts"

type ErrorClass = new (fields: Record<string, unknown>) => Error

const errorsOf = (module: object): ReadonlyArray<ErrorClass> =>
  Object.values(module).filter(value => typeof value === "function" && value.prototype instanceof Error)

const classes = [...errorsOf(SocketError), ...errorsOf(Tls)]
const reports = [...errorsOf(SimulatedNetwork), ...errorsOf(TestServer)]

const bad = "\u0000\u0007\n\r\u001b[31m\u0085\u009b\u061c\u202e\u2066\u2028\u2029\ud800 \udc00\ufeff"

const deep = (levels: number): unknown => {
  let value: unknown = bad
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { [bad]: value }
  return value
}

const chain = (links: number): Error => {
  let error = new Error(bad)
  for (let link = 0; link < links; link++) error = new Error(`${bad}\n    at evil`, { cause: error })
  return error
}

const cyclic: Record<string, unknown> = { [bad]: bad }
cyclic.self = cyclic
const round = new Error(bad)
round.cause = new Error(bad, { cause: round })

const throws = () => {
  throw new Error(bad)
}

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const parseErrors = [Schema.Number, Schema.Array(Schema.Literal("a")), Schema.Struct({ a: Schema.String })].map(
  schema =>
    Either.getOrThrow(
      Either.flip(Schema.decodeUnknownEither(schema as Schema.Schema<unknown>)({ a: [bad.repeat(500)] }))
    )
)

const syntaxError = () => {
  try {
    return JSON.parse(`${bad}{`)
  } catch (error) {
    return error
  }
}

const here = SocketAddress.unsafeInet("127.0.0.1", 1)

/** A certificate of TLS, whose texts come from the peer. */
const certificate = (names: unknown, validTo: unknown) => ({ names, subject: bad, issuer: bad, pin: bad, validTo })

const values: ReadonlyArray<unknown> = [
  bad,
  bad.repeat(3000),
  "x".repeat(100_000),
  deep(20_000),
  cyclic,
  chain(3),
  chain(20_000),
  round,
  ...parseErrors,
  syntaxError(),
  new (class extends TypeError {})(bad),
  Object.assign(new Error("x"), { code: bad, stack: `Error: x\n    at ${bad}` }),
  new DOMException(bad, bad),
  { toJSON: throws, toString: throws },
  { toJSON: () => bad, toString: () => bad },
  Object.defineProperty({}, "x", { get: throws, enumerable: true }),
  Object.defineProperty(new Error("x"), "message", { get: throws }),
  {
    get [Symbol.toStringTag]() {
      return throws()
    }
  },
  revoked(),
  Object.create(null),
  new Uint8Array(10_000),
  new Map([[bad, bad]]),
  new Date(Number.NaN),
  Array.from({ length: 5000 }, () => ({ address: here, outcome: bad })),
  Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`${bad}${i}`, bad])),
  Array.from({ length: 2000 }, (_, i) => ({ kind: bad, bytes: i, from: bad, to: bad, connection: i })),
  1n,
  Symbol(bad),
  () => bad,
  Number.NaN,
  -1,
  0,
  null,
  undefined,
  here,
  { _tag: "Unix", path: bad.repeat(100) },
  { _tag: "HostPort", host: bad.repeat(1000), port: bad },
  certificate([bad.repeat(1000), bad, 1, bad, bad, bad], DateTime.unsafeMake(0)),
  certificate([], bad),
  "TimedOut",
  "Refused",
  "WrongName",
  "Expired",
  "PinMismatch",
  "PeerAlert",
  "HANDSHAKE_FAILURE",
  Duration.seconds(1)
]

const names = [
  ...["reason", "address", "attempts", "host", "code", "by", "timeout", "fd", "localAddress", "remoteAddress"],
  ...["bufsize", "bytesRequested", "bytesAccepted", "expected", "available", "operation", "limit", "announced"],
  ...["length", "detail", "streamOffset", "input", "encoding", "start", "end", "byte", "excerpt", "char", "cause"],
  ...["seed", "time", "sockets", "events", "before", "line", "first", "second", "segments", "pending", "seeds"],
  ...["explored", "shortest", "connection", "script", "step", "received", "option", "value", "must"],
  ...["side", "serverName", "alert", "certificate"]
]

/** Numbers of values, because fast-check cannot print some of the values. */
const numbers = fc.record(Object.fromEntries(names.map(name => [name, fc.nat(values.length - 1)])), {
  requiredKeys: []
})

const loggers: Readonly<Record<string, Logger.Logger<unknown, unknown>>> = {
  string: Logger.stringLogger,
  logfmt: Logger.logfmtLogger,
  json: Logger.jsonLogger,
  structured: Logger.map(Logger.structuredLogger, line => JSON.stringify(line))
}

/** What each Logger writes for the error as a message, and as a cause. */
const logged = (error: Error): Record<string, string> => {
  const lines: Record<string, string> = {}
  const all = Object.entries(loggers).reduce<Logger.Logger<unknown, unknown>>((others, [name, logger]) => {
    const kept = Logger.map(logger, line => {
      lines[`${name} ${Object.keys(lines).length}`] = String(line)
    })
    return Logger.zipRight(others, kept)
  }, Logger.none)
  const both = Effect.zipRight(Effect.logError(error), Effect.logError("it failed", Cause.fail(error)))
  Effect.runSync(Effect.provide(both, Logger.replace(Logger.defaultLogger, all)))
  return lines
}

/** All ways to print an error. */
const printed = (error: Error): Record<string, string> => ({
  message: error.message,
  toString: String(error),
  json: JSON.stringify(error),
  inspect: inspect(error),
  inspectDeep: inspect({ error }, { depth: 10 }),
  pretty: Cause.pretty(Cause.fail(error)),
  prettyCause: Cause.pretty(Cause.die(error), { renderErrorCause: true }),
  ...logged(error)
})

/** Frames of stacks are the program's own text. A Logger may have escaped their line feeds. */
const withoutFrames = (text: string): string => text.replace(/(?:\\n|\n) *at [^\n\\]*/g, "")

const unsafe = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

const check = (error: Error, most: number, oneLine: boolean) => {
  for (const [way, text] of Object.entries(printed(error))) {
    assert.notMatch(text, unsafe, `${error.name}, ${way}`)
    assert.isAtMost(withoutFrames(text).length, most, `${error.name}, ${way}: ${withoutFrames(text).slice(0, 3000)}`)
  }
  if (oneLine) assert.notInclude(error.message, "\n")
}

describe("printing an error never throws, is bounded, and shows no control, bidi or separator character", () => {
  for (const type of [...classes, ...reports]) {
    const isReport = reports.includes(type)
    const most = isReport ? 40_000 : 2048
    it(`${type.name}, with a hostile value in every field`, () => {
      for (const value of values) {
        check(new type(Object.fromEntries(names.map(name => [name, value]))), most, !isReport)
      }
    })
    it(`${type.name}, with fields at random`, () =>
      fc.assert(
        fc.property(numbers, some => {
          const fields = Object.fromEntries(
            Object.entries(some).map(([name, number]) => [name, values[Number(number)]])
          )
          check(new type(fields), most, !isReport)
        }),
        { numRuns: 10 }
      ))
  }
})

describe("the cause of an error", () => {
  const errorWith = (cause: unknown) => new SocketError.FrameError({ reason: "InvalidJson", streamOffset: 0, cause })

  it("keeps its type and its fields", () => {
    const { cause } = errorWith(syntaxError())
    assert.instanceOf(cause, SyntaxError)
    const parsed = errorWith(parseErrors[0]).cause
    assert.strictEqual((parsed as { issue: unknown }).issue, parseErrors[0]!.issue)
    const named = errorWith(Object.assign(new Error(bad), { code: "E1" })).cause
    assert.strictEqual((named as { code: unknown }).code, "E1")
  })

  it("is the original error if that is safe to print", () => {
    const original = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED", errno: -111 })
    assert.strictEqual(errorWith(original).cause, original)
  })
})
