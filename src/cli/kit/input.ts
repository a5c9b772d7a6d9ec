/**
 * What a command reads: the bytes of stdin, as they are asked for. A service, so that a command can run inside a test.
 */
import * as fs from "node:fs"
import type * as stream from "node:stream"
import * as tty from "node:tty"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"

export class InputError extends Data.TaggedError("InputError")<{ readonly code: string }> {
  override get message(): string {
    return `stdin: cannot be read (${this.code})`
  }
}

export interface Reader {
  /** How many bytes there are to read, where that is known: of a regular file. */
  readonly size: Option.Option<number>
  /** Waits for bytes, or for the end. Interrupted, it has taken none. */
  readonly read: Effect.Effect<Option.Option<Uint8Array>, InputError>
}

export interface Service {
  /** Whether a person may be asked on it. */
  readonly isTerminal: boolean
  /** Nothing is read before. When the Scope closes it is let go, whatever is still to come. */
  readonly open: Effect.Effect<Reader, never, Scope.Scope>
}

export class Input extends Context.Tag("effect-sockets/cli/Input")<Input, Service>() {}

const inputError = (error: NodeJS.ErrnoException) => new InputError({ code: error.code ?? error.name })

type Taken = Effect.Effect<Option.Option<Uint8Array>, InputError>

/** What there is now: bytes, the end or an error, or nothing yet. */
const take = (readable: stream.Readable): Taken | undefined => {
  if (readable.errored) return Effect.fail(inputError(readable.errored))
  if (readable.readableEnded || readable.destroyed) return Effect.succeedNone
  const chunk: Uint8Array | null = readable.read()
  return chunk === null ? undefined : Effect.succeedSome(chunk)
}

const events = ["readable", "end", "close", "error"] as const

/** One at a time may wait. */
const read = (readable: stream.Readable): Taken =>
  Effect.async(resume => {
    const ignore = () => {
      for (const event of events) readable.off(event, look)
    }
    const look = () => {
      const taken = take(readable)
      if (taken === undefined) return
      ignore()
      resume(taken)
    }
    for (const event of events) readable.on(event, look)
    look()
    return Effect.sync(ignore)
  })

/** A reader of a stream of which so much is known. */
export const reader = (readable: stream.Readable, size: Option.Option<number>): Reader => ({
  size,
  read: read(readable)
})

/** Of a regular file, what is left from where it stands: a shell may have read some of it. */
const sizeLeft = (fd: number): Option.Option<number> => {
  try {
    const stat = fs.fstatSync(fd)
    return stat.isFile() ? Option.some(Math.max(0, stat.size - offsetOf(fd))) : Option.none()
  } catch {
    return Option.none()
  }
}

/** 0 where the system does not tell. */
const offsetOf = (fd: number): number => {
  try {
    return Number(/^pos:\s*(\d+)$/m.exec(fs.readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** Node takes a directory for an empty file. */
const isDirectory = (fd: number): boolean => {
  try {
    return fs.fstatSync(fd).isDirectory()
  } catch {
    return false
  }
}

/** The process's own stdin. */
export const layer: Layer.Layer<Input> = Layer.sync(Input, () => ({
  isTerminal: tty.isatty(0),
  open: Effect.acquireRelease(
    Effect.sync(() => {
      const size = sizeLeft(0)
      // An error before the first read is told by it.
      return { readable: process.stdin.on("error", () => {}), size }
    }),
    // A read that goes on would keep the process.
    ({ readable }) => Effect.sync(() => readable.destroy())
  ).pipe(
    Effect.map(({ readable, size }) =>
      isDirectory(0) ? { size, read: Effect.fail(new InputError({ code: "EISDIR" })) } : reader(readable, size)
    )
  )
}))
