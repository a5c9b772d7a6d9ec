/**
 * Reads the bytes of stdin. Only a command that needs stdin opens it. Stdin is a service, so a test can replace it when
 * it runs a command.
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

/** An open stdin. */
export interface Reader {
  /** The number of bytes that were left to read when stdin was opened. Known only for a regular file. */
  readonly size: Option.Option<number>
  /**
   * Returns the next bytes, or none at the end of stdin. Waits until there are bytes or the end. Fails with
   * `InputError` if stdin cannot be read. An interrupted read consumes nothing.
   */
  readonly read: Effect.Effect<Option.Option<Uint8Array>, InputError>
}

export interface Service {
  /** True if stdin is a terminal, where a person can answer questions. */
  readonly isTerminal: boolean
  /**
   * Opens stdin. Reads nothing before the first `read`. When the Scope closes, destroys stdin, even if no byte was
   * read.
   */
  readonly open: Effect.Effect<Reader, never, Scope.Scope>
}

export class Input extends Context.Tag("effect-sockets/cli/Input")<Input, Service>() {}

const inputError = (error: NodeJS.ErrnoException) => new InputError({ code: error.code ?? error.name })

type Taken = Effect.Effect<Option.Option<Uint8Array>, InputError>

/** Returns the next bytes, the end or an error, if one of them has arrived. Otherwise returns undefined. */
const take = (readable: stream.Readable): Taken | undefined => {
  if (readable.errored) return Effect.fail(inputError(readable.errored))
  if (readable.readableEnded || readable.destroyed) return Effect.succeedNone
  const chunk: Uint8Array | null = readable.read()
  return chunk === null ? undefined : Effect.succeedSome(chunk)
}

const events = ["readable", "end", "close", "error"] as const

/** Waits for the next bytes. Only one read may wait at a time. */
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

/** Makes a reader of a stream. `size` is the number of bytes that are left, if it is known. */
export const reader = (readable: stream.Readable, size: Option.Option<number>): Reader => ({
  size,
  read: read(readable)
})

/**
 * Returns how many bytes of a regular file are left to read. The current position may not be 0, because a shell may
 * have read some of the file. Returns none if the descriptor is not a regular file.
 */
const sizeLeft = (fd: number): Option.Option<number> => {
  try {
    const stat = fs.fstatSync(fd)
    return stat.isFile() ? Option.some(Math.max(0, stat.size - offsetOf(fd))) : Option.none()
  } catch {
    return Option.none()
  }
}

/**
 * Returns the current position of a descriptor. Returns 0 if the position is unknown: only Linux shows it, in `/proc`.
 */
const offsetOf = (fd: number): number => {
  try {
    return Number(/^pos:\s*(\d+)$/m.exec(fs.readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** True if the descriptor is a directory. A directory must be refused, because Node would read it as an empty file. */
const isDirectory = (fd: number): boolean => {
  try {
    return fs.fstatSync(fd).isDirectory()
  } catch {
    return false
  }
}

/** The stdin of the process. */
export const layer: Layer.Layer<Input> = Layer.sync(Input, () => ({
  isTerminal: tty.isatty(0),
  open: Effect.acquireRelease(
    Effect.sync(() => {
      const size = sizeLeft(0)
      // Without this listener, an error before the first read would end the process. The first read reports the error.
      return { readable: process.stdin.on("error", () => {}), size }
    }),
    // Stdin is destroyed, because a pending read would keep the process alive.
    ({ readable }) => Effect.sync(() => readable.destroy())
  ).pipe(
    Effect.map(({ readable, size }) =>
      isDirectory(0) ? { size, read: Effect.fail(new InputError({ code: "EISDIR" })) } : reader(readable, size)
    )
  )
}))
