/** Broken ways to end. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Connection } from "../../../src/internal/stream/transport.ts"
import type { RecvError } from "../../../src/SocketError.ts"
import { type Broken, onTransport } from "./breaking.ts"

/** Runs `early` instead of the good receive as soon as it is known how the stream ended. */
const onceItIsOver = (
  good: Connection,
  early: Effect.Effect<Option.Option<Uint8Array>, RecvError>
): Connection["recv"] => {
  const over = Effect.map(Effect.timeoutOption(good.awaitEnd, 0), Option.isSome)
  return bufsize => Effect.flatMap(over, isOver => (isOver ? early : good.recv(bufsize)))
}

/** Drops what is left; fails as the stream did. */
const drop = (good: Connection): Effect.Effect<Option.Option<Uint8Array>, RecvError> =>
  Effect.flatMap(good.recv(2 ** 30), bytes => (Option.isNone(bytes) ? Effect.succeed(bytes) : drop(good)))

export const brokenEndings: ReadonlyArray<Broken> = [
  {
    wrong: "loses a half-close",
    caughtBy: "after shutdownSend the peer gets what was sent, then the end, for ever and from every function",
    saying: /^recv that waited for the end: expected it to end within 3s$/,
    statement: onTransport(() => ({ shutdownSend: Effect.void }))
  },
  {
    wrong: "ends before its bytes",
    caughtBy: "a reply that was sent before the scope ended arrives, also when the peer receives late",
    saying: /^the reply: how many bytes: expected 3, got 0$/,
    statement: onTransport(good => ({ recv: onceItIsOver(good, Effect.succeedNone) }))
  },
  {
    wrong: "loses with a reset what came before it",
    caughtBy: "of 30000 and 1000 bytes that came before a reset, a receiver that is held back gets all",
    saying: /^what had come: how many bytes: expected 31000, got \d+$/,
    statement: onTransport(good => ({ recv: onceItIsOver(good, drop(good)) }))
  },
  {
    wrong: "shows a reset as an end",
    caughtBy:
      "a reset that meets bytes at random moments is never an end, and what is received is how the stream began",
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
    wrong: "ends a connection cleanly that it should reset",
    caughtBy: "a scope that is interrupted: the peer gets Reset",
    saying: /^after 20000 bytes: expected "Reset", got "the end"$/,
    statement: onTransport(good => ({ abort: good.close }))
  },
  {
    wrong: "hangs in close until the peer ends",
    caughtBy: "a close does not wait for the peer's end",
    saying: /^close, with a peer that goes on: expected it to end within 3s$/,
    statement: onTransport(good => ({
      close: Effect.zipRight(Effect.zipRight(Effect.ignore(good.shutdownSend), good.awaitEnd), good.close)
    }))
  },
  {
    wrong: "never ends its close, and cannot be interrupted in it",
    caughtBy: "a close does not wait for the peer's end",
    saying: /^close, with a peer that goes on: expected it to end within 3s$/,
    statement: onTransport(good => ({ close: Effect.uninterruptible(Effect.zipRight(good.close, Effect.never)) }))
  },
  {
    wrong: "closes without flushing",
    caughtBy: "a close flushes to a peer that receives slowly, then ends",
    saying: /^what was in flight: how many bytes: expected 25165824, got \d+$/,
    statement: onTransport(good => ({
      close: Effect.flatMap(good.stats, ({ bytesUnsent }) => (bytesUnsent > 0 ? good.abort : good.close))
    }))
  },
  {
    wrong: "shows its own close as an end",
    caughtBy: "everything after our close fails with Closed, unread bytes or not",
    saying: /^recv after our close: expected RecvError Closed, got success: none, the end$/,
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
    wrong: "does not wake whoever waits in a receive when it is closed",
    caughtBy: "whoever waits in a receive or a send wakes with Closed when another fiber runs close",
    saying: /^recv when another closes: expected it to end within 3s$/,
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
    wrong: "sees the peer's end only when somebody receives",
    caughtBy: "awaitEnd sees the peer's close while nobody receives, with bytes unread, and says so again",
    saying: /^awaitEnd: expected it to end within 3s$/,
    statement: onTransport(() => ({ awaitEnd: Effect.never }))
  }
]
