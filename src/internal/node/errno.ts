/**
 * The code of whatever Node throws, emits or calls back with.
 *
 * @internal
 */
export const errnoOf = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined
