/** Broken ways to end a stream or a connection. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Connection } from "../../../src/internal/stream/transport.ts"
import type { RecvError } from "../../../src/SocketError.ts"
import { type Broken, onTransport } from "./breaking.ts"

/** Runs `early` instead of the good receive once the stream has ended or failed. */
const onceItIsOver = (
  good: Connection,
  early: Effect.Effect<Option.Option<Uint8Array>, RecvError>
): Connection["recv"] => {
  const over = Effect.map(Effect.timeoutOption(good.awaitEnd, 0), Option.isSome)
  return bufsize => Effect.flatMap(over, isOver => (isOver ? early : good.recv(bufsize)))
}

/** Drops the buffered bytes, then returns the end or fails as the stream did. */
const drop = (good: Connection): Effect.Effect<Option.Option<Uint8Array>, RecvError> =>
  Effect.flatMap(good.recv(2 ** 30), bytes => (Option.isNone(bytes) ? Effect.succeed(bytes) : drop(good)))

export const brokenEndings: ReadonlyArray<Broken> = [
  {
    wrong: "ignores shutdownSend",
    caughtBy:
      "after shutdownSend, the peer receives all sent bytes, then the end; every receive function reports the end each time",
    saying: /^recv that waited for the end: did not finish within 3s$/,
    statement: onTransport(() => ({ shutdownSend: Effect.void }))
  },
  {
    wrong: "returns the end before the buffered bytes",
    caughtBy: "a reply that was sent before the scope ended arrives, even if the peer receives it later",
    saying: /^the reply: number of bytes: expected 3, got 0$/,
    statement: onTransport(good => ({ recv: onceItIsOver(good, Effect.succeedNone) }))
  },
  {
    wrong: "drops the bytes that arrived before a reset",
    caughtBy: "a paused receiver gets all bytes that arrived before a reset (30000, then 1000)",
    saying: /^the bytes before the reset: number of bytes: expected 31000, got \d+$/,
    statement: onTransport(good => ({ recv: onceItIsOver(good, drop(good)) }))
  },
  {
    wrong: "reports a reset as the end",
    caughtBy: "a reset at a random moment never looks like the end, and the bytes before it are a prefix of the stream",
    saying: /^after \d+ of \d+ bytes: expected "Reset", got "the end"$/,
    statement: onTransport(good => ({
      recv: bufsize =>
        Effect.catchIf(
          good.recv(bufsize),
          ({ reason }) => reason === "Reset",
          () => Effect.succeedNone
        )
    }))
  },
  {
    wrong: "closes a connection that it should reset",
    caughtBy: "a scope that is interrupted: the peer gets Reset",
    saying: /^after 20000 bytes: expected "Reset", got "the end"$/,
    statement: onTransport(good => ({ abort: good.close }))
  },
  {
    wrong: "waits in close until the peer ends",
    caughtBy: "close does not wait for the peer's end",
    saying: /^close while the peer stays open: did not finish within 3s$/,
    statement: onTransport(good => ({
      close: Effect.zipRight(Effect.zipRight(Effect.ignore(good.shutdownSend), good.awaitEnd), good.close)
    }))
  },
  {
    wrong: "never finishes close, and cannot be interrupted in it",
    caughtBy: "close does not wait for the peer's end",
    saying: /^close while the peer stays open: did not finish within 3s$/,
    statement: onTransport(good => ({ close: Effect.uninterruptible(Effect.zipRight(good.close, Effect.never)) }))
  },
  {
    wrong: "closes without flushing",
    caughtBy: "close flushes to a slow peer, then ends the stream",
    saying: /^the send in flight: number of bytes: expected 25165824, got \d+$/,
    statement: onTransport(good => ({
      close: Effect.flatMap(good.stats, ({ bytesUnsent }) => (bytesUnsent > 0 ? good.abort : good.close))
    }))
  },
  {
    wrong: "reports its own close as the end",
    caughtBy: "after our close, every receive, send and shutdownSend fails with Closed, with or without unread bytes",
    saying: /^recv after our close: expected RecvError Closed, got success: None \(the end\)$/,
    statement: onTransport(good => ({
      recv: bufsize =>
        Effect.catchIf(
          good.recv(bufsize),
          ({ reason }) => reason === "Closed",
          () => Effect.succeedNone
        )
    }))
  },
  {
    wrong: "does not wake a waiting receive when it closes",
    caughtBy: "when another fiber runs close, a waiting receive, send or shutdownSend fails with Closed",
    saying: /^recv when another fiber runs close: did not finish within 3s$/,
    statement: onTransport(good => ({
      recv: bufsize =>
        Effect.catchIf(
          good.recv(bufsize),
          ({ reason }) => reason === "Closed",
          () => Effect.never
        )
    }))
  },
  {
    wrong: "notices the peer's end only in a receive",
    caughtBy:
      "awaitEnd returns after the peer's close, even if bytes are unread and no fiber receives, and may be repeated",
    saying: /^awaitEnd: did not finish within 3s$/,
    statement: onTransport(() => ({ awaitEnd: Effect.never }))
  }
]
