/**
 * Returns the code of an error that Node throws, emits or passes to a callback. If the error has no code that is a
 * text, returns `undefined`.
 *
 * @internal
 */
export const errnoOf = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined
