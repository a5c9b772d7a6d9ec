/**
 * Runs an effect in a span. A span costs a twelfth of the time of a connect, and Effect's default tracer does not keep
 * spans. So with the default tracer, a span is made only if the effect fails with a typed error. The trace of the
 * failure then contains the span.
 * See docs/DECISIONS.md#spans-are-made-only-if-a-tracer-keeps-them.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"
import type * as SocketAddress from "../../SocketAddress.ts"
import { format } from "../address/index.ts"

const native = Context.get(DefaultServices.liveServices, Tracer.Tracer)

export const spanned = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  name: string,
  kind: Tracer.SpanKind,
  address: SocketAddress.SocketAddress
): Effect.Effect<A, E, R> => {
  const inSpan = <B, F, S>(inner: Effect.Effect<B, F, S>) =>
    Effect.withSpan(inner, name, { captureStackTrace: false, kind, attributes: { address: format(address) } })
  return Effect.tracerWith(tracer =>
    tracer === native
      ? Effect.catchAllCause(effect, cause =>
          cause._tag === "Fail" ? inSpan(Effect.fail(cause.error)) : Effect.failCause(cause)
        )
      : inSpan(effect)
  )
}
