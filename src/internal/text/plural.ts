/**
 * A number with its noun, in the singular or the plural.
 *
 * @internal
 */

/** Returns the number and the noun, such as `1 byte` or `2 bytes`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`
