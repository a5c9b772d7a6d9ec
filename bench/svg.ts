/** The parts of SVG that the charts need: shapes, text and logarithmic scales. All functions are pure. */

/** A logarithmic scale, which maps values to positions. Each doubling has the same length. */
export interface Scale {
  readonly at: (value: number) => number
  /** The values to mark: powers of `base`. */
  readonly ticks: ReadonlyArray<number>
}

export const logarithmic = (
  [lowest, highest]: readonly [number, number],
  [from, to]: readonly [number, number],
  base: number
): Scale => {
  const power = (value: number) => Math.log(value) / Math.log(base)
  const [first, last] = [Math.floor(power(lowest) + 1e-9), Math.ceil(power(highest) - 1e-9)]
  const end = last === first ? first + 1 : last
  return {
    at: value => from + ((power(value) - first) / (end - first)) * (to - from),
    ticks: Array.from({ length: end - first + 1 }, (_, i) => base ** (first + i))
  }
}

const escape = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")

/** Rounds to a tenth of a pixel, so that the file is the same on every machine. */
const rounded = (value: number): string => `${Math.round(value * 10) / 10}`

export type Anchor = "start" | "middle" | "end"

export const text = (x: number, y: number, content: string, anchor: Anchor = "start", size = 12): string =>
  `<text x="${rounded(x)}" y="${rounded(y)}" text-anchor="${anchor}" font-size="${size}">${escape(content)}</text>`

export const line = (x1: number, y1: number, x2: number, y2: number, color: string, width = 1): string =>
  `<line x1="${rounded(x1)}" y1="${rounded(y1)}" x2="${rounded(x2)}" y2="${rounded(y2)}" stroke="${color}" stroke-width="${width}"/>`

export const dot = (x: number, y: number, color: string, radius = 4): string =>
  `<circle cx="${rounded(x)}" cy="${rounded(y)}" r="${radius}" fill="${color}"/>`

export const path = (points: ReadonlyArray<readonly [number, number]>, color: string): string =>
  `<polyline fill="none" stroke="${color}" stroke-width="2" points="${points.map(([x, y]) => `${rounded(x)},${rounded(y)}`).join(" ")}"/>`

/** Makes an SVG document. It has a white background, so that it is readable on light and on dark pages. */
export const picture = (width: number, height: number, title: string, shapes: ReadonlyArray<string>): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" fill="#1f2328" role="img" aria-label="${escape(title)}">`,
    `<rect width="${width}" height="${height}" rx="6" fill="#ffffff"/>`,
    ...shapes,
    "</svg>",
    ""
  ].join("\n")
