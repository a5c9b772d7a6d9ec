/**
 * Counts with their noun, in the singular or the plural. Pure.
 */

/** `1 byte`, `2 bytes`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`
