/** Parses a reply from the bytes received so far. */
import { Bad, type Found, Part, Refused, type Reply, Whole } from "./reply.ts"

/** The limit of a bulk string and of a line in bytes, and of an array in elements. */
const longest = 16 * 1024 * 1024
const deepest = 8

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

/** Parses the reply that begins at `start`. */
export const parse = (view: Uint8Array, start = 0, depth = 0): Found => {
  if (depth > deepest) return Bad({ what: "arrays nested too deeply" })
  const lineEnd = view.indexOf(13, start)
  if (lineEnd < 0 || lineEnd + 1 >= view.length) {
    return view.length - start > longest ? Bad({ what: "a line that is too long" }) : Part({ atLeast: view.length + 1 })
  }
  const type = String.fromCharCode(view[start] ?? 0)
  const line = textOf(view.subarray(start + 1, lineEnd))
  const end = lineEnd + 2
  if (view[lineEnd + 1] !== 10) return Bad({ what: "a carriage return in a line" })
  if (type === "+") return Whole({ reply: line, end })
  if (type === "-") return Whole({ reply: new Refused({ message: line }), end })
  if (!":$*".includes(type)) return Bad({ what: `unknown type ${JSON.stringify(type)}` })
  const number = /^-?\d{1,19}$/.test(line) ? Number(line) : Number.NaN
  if (Number.isNaN(number)) return Bad({ what: `invalid number ${JSON.stringify(line)}` })
  if (type === ":") return Whole({ reply: number, end })
  if (number === -1) return Whole({ reply: null, end })
  if (number < 0 || number > longest) return Bad({ what: `invalid length ${number}` })
  return type === "$" ? bulk(view, end, number) : array(view, end, number, depth)
}

const bulk = (view: Uint8Array, start: number, length: number): Found => {
  const end = start + length + 2
  if (view.length < end) return Part({ atLeast: end })
  return view[end - 2] === 13 && view[end - 1] === 10
    ? Whole({ reply: view.slice(start, start + length), end })
    : Bad({ what: "a bulk string is longer than its length" })
}

const array = (view: Uint8Array, start: number, length: number, depth: number): Found => {
  const replies: Array<Reply> = []
  let end = start
  while (replies.length < length) {
    const found = parse(view, end, depth + 1)
    if (found._tag !== "Whole") return found
    replies.push(found.reply)
    end = found.end
  }
  return Whole({ reply: replies, end })
}
