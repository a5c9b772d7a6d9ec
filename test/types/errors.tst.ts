/** Tests of the types of the predicates of errors. */
import { Data, Effect } from "effect"
import { describe, expect, test } from "tstyche"
import * as SocketError from "../../src/SocketError.ts"

class Other extends Data.TaggedError("Other") {}
declare const wide: Effect.Effect<number, SocketError.RecvError | Other>

const retried = <E>(self: Effect.Effect<number, E>) => Effect.retry(self, { while: SocketError.isRetryable, times: 3 })

describe("predicates", () => {
  test("retry an effect with any error, and keep its type", () => {
    expect(Effect.retry(wide, { while: SocketError.isRetryable })).type.toBe<
      Effect.Effect<number, SocketError.RecvError | Other>
    >()
    expect(retried(wide)).type.toBe<Effect.Effect<number, SocketError.RecvError | Other>>()
    expect(wide.pipe(Effect.retry({ while: SocketError.isPeerGone, times: 2 }))).type.toBe<
      Effect.Effect<number, SocketError.RecvError | Other>
    >()
  })
  test("catch some errors of a wider type", () => {
    expect(Effect.catchIf(wide, SocketError.isTimeout, () => Effect.succeed(0))).type.toBe<
      Effect.Effect<number, SocketError.RecvError | Other>
    >()
  })
  test("take any value, and do not narrow it: a refinement would make the error type of catchIf unknown", () => {
    expect(SocketError.isTimeout).type.toBe<(error: unknown) => boolean>()
    expect(SocketError.isRetryable).type.toBe<(error: unknown) => boolean>()
    expect(SocketError.isPeerGone).type.toBe<(error: unknown) => boolean>()
  })
})
