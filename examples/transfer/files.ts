/** A service that stores files, used by client and server. `main.ts` uses a folder, and tests use memory. */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"

export class FileError extends Data.TaggedError("FileError")<{ readonly message: string }> {}

export class Files extends Context.Tag("examples/transfer/Files")<
  Files,
  {
    /** The size in bytes; 0 if there is no such file. */
    readonly size: (name: string) => Effect.Effect<number, FileError>
    /** The bytes from offset `from` to the end, in pieces of at most 64 KiB. */
    readonly read: (name: string, from: number) => Stream.Stream<Uint8Array, FileError>
    readonly append: (name: string, bytes: Uint8Array) => Effect.Effect<void, FileError>
    readonly remove: (name: string) => Effect.Effect<void, FileError>
    /** The SHA-256 of the file in hexadecimal. */
    readonly sha256: (name: string) => Effect.Effect<string, FileError>
  }
>() {}
