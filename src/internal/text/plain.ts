/**
 * Copies any value to plain data that is bounded and safe to print, and that JSON can write. A hostile value may be
 * deep, long or cyclic, or may throw when it is read.
 *
 * @internal
 */
import { plural } from "./plural.ts"
import { escaped } from "./safe.ts"

const limits = {
  /** Approximate limit for one text, in characters. */
  text: 120,
  /** Approximate limit for all texts together, in characters. */
  all: 500,
  /** The most items of an array or an object. */
  items: 10,
  /** The depth below which a value is not copied. */
  depth: 4
} as const

/** Returns any value as plain data. */
export const plain = (input: unknown): unknown => new Copy().of(input, 0)

/** Returns the own enumerable fields of an error as plain data. Leaves out fields that are `undefined`. */
export const plainFields = (error: object): Record<string, unknown> => new Copy().fields(error, 0)

class Copy {
  /** How many more characters may be copied. It can become negative. */
  private left: number = limits.all

  of(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "string":
        return this.text(value)
      case "boolean":
        return value
      case "number":
        return Number.isFinite(value) ? value : String(value)
      case "function":
        return "(a function)"
      case "object":
        return value === null ? null : this.object(value, depth)
      default:
        return this.text(String(value))
    }
  }

  fields(value: object, depth: number): Record<string, unknown> {
    const copy: Record<string, unknown> = {}
    let items = 0
    for (const key of Object.keys(value)) {
      const field = (value as Record<string, unknown>)[key]
      if (field === undefined) continue
      if (items === limits.items || this.left <= 0) {
        copy["..."] = "..."
        break
      }
      items += 1
      Object.defineProperty(copy, this.text(key), { value: this.of(field, depth + 1), enumerable: true })
    }
    return copy
  }

  private text(text: string): string {
    const safe = escaped(text, Math.max(0, Math.min(limits.text, this.left)))
    this.left -= safe.length + 4
    return safe
  }

  private object(value: object, depth: number): unknown {
    if (depth > limits.depth || this.left <= 0) return "..."
    this.left -= 4
    try {
      if (ArrayBuffer.isView(value)) return `(${plural(value.byteLength, "byte")})`
      if (value instanceof Error) return this.text(`${value.name}: ${value.message}`)
      if (Array.isArray(value)) return this.array(value, depth)
      const own = "toJSON" in value && typeof value.toJSON === "function" ? value.toJSON() : value
      return typeof own === "object" && own !== null ? this.fields(own, depth) : this.of(own, depth + 1)
    } catch {
      return "(cannot be read)"
    }
  }

  private array(value: ReadonlyArray<unknown>, depth: number): ReadonlyArray<unknown> {
    const copy: Array<unknown> = []
    for (let at = 0; at < value.length; at++) {
      if (at === limits.items || this.left <= 0) {
        copy.push(`... and ${value.length - at} more`)
        break
      }
      copy.push(this.of(value[at], depth + 1))
    }
    return copy
  }
}
