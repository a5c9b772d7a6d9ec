/** The code of docs/guide/transports.md. */
import * as childProcess from "node:child_process"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Framing, Socket, SocketAddress } from "../../src/index.ts"

// #region child
const nowhere = SocketAddress.unixUnnamed

/** The standard input and output of a child process, as a Socket. */
const socketOf = (child: childProcess.ChildProcessWithoutNullStreams) =>
  Socket.fromWire(feed => {
    child.stdout.pause().on("data", chunk => feed.push(chunk))
    child.stdout.on("end", () => feed.end())
    child.stdin.on("error", cause => feed.fail({ reason: "Reset", cause }))
    child.on("close", () => feed.closed())
    return {
      localAddress: nowhere,
      remoteAddress: nowhere,
      resume: () => void child.stdout.resume(),
      pause: () => void child.stdout.pause(),
      write: buffers => {
        for (const buffer of [buffers].flat() as Array<Uint8Array>) child.stdin.write(buffer)
        child.stdin.write("", cause => (cause ? feed.fail({ reason: "Reset", cause }) : feed.drained()))
        return false // not taken yet; `drained` reports it
      },
      end: () => void child.stdin.end(() => feed.finished()),
      close: () => void child.stdin.end(() => child.stdout.resume()),
      destroy: () => void child.kill()
    }
  })
// #endregion

// #region stream
/** The lines that a command prints. */
const linesOf = (output: Stream.Stream<Uint8Array>) => Framing.decodeStream(output, Framing.lines())
// #endregion

it.scopedLive("a child process is a socket", () =>
  Effect.gen(function* () {
    const socket = yield* socketOf(childProcess.spawn("cat"))
    yield* socket.sendText("hello\n")
    assert.strictEqual((yield* socket.recvLine())._tag, "Some")
    yield* socket.shutdownSend
    assert.strictEqual((yield* socket.recv(1))._tag, "None")
  })
)

it.effect("lines of a Stream", () =>
  Effect.gen(function* () {
    const bytes = Stream.make("a\nb", "\n").pipe(Stream.map(text => new TextEncoder().encode(text)))
    assert.deepStrictEqual(Array.from(yield* Stream.runCollect(linesOf(bytes))), ["a", "b"])
  })
)
