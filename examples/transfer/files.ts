/** Where files are, at either end. Whoever runs a program says what that is: a folder, or memory in a test. */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"

export class FileError extends Data.TaggedError("FileError")<{ readonly message: string }> {}

export class Files extends Context.Tag("examples/transfer/Files")<
  Files,
  {
    /** In bytes; 0 for one that is not there. */
    readonly size: (name: string) => Effect.Effect<number, FileError>
    /** From there to its end, in pieces of at most 64 KiB. */
    readonly read: (name: string, from: number) => Stream.Stream<Uint8Array, FileError>
    readonly append: (name: string, bytes: Uint8Array) => Effect.Effect<void, FileError>
    readonly remove: (name: string) => Effect.Effect<void, FileError>
    /** Its SHA-256, in hexadecimal. */
    readonly sha256: (name: string) => Effect.Effect<string, FileError>
  }
>() {}
