/**
 * Suggests a name for a word with a typing error. Pure.
 */
import * as AutoCorrect from "@effect/cli/AutoCorrect"
import * as CliConfig from "@effect/cli/CliConfig"

/** A name is suggested only if it differs from the word by at most this many edits. */
const mostEdits = 2

const letters = (word: string): string => word.replace(/^-+/, "")

/** Returns the number of edits between two words. Dashes at the beginning and the case of letters do not count. */
const distance = (word: string, name: string): number =>
  AutoCorrect.levensteinDistance(letters(word), letters(name), CliConfig.defaultConfig)

/**
 * Returns ` (did you mean pipe?)` for the name that is closest to the word. Returns `""` if no name is within two
 * edits. The number of edits must also be smaller than the length of the word and of the name. Otherwise a short word
 * would match every short name.
 */
export const didYouMean = (word: string, names: Iterable<string>): string => {
  let best: string | undefined
  let fewest = mostEdits + 1
  for (const name of names) {
    const edits = distance(word, name)
    if (edits < fewest && edits < Math.min(letters(word).length, letters(name).length)) {
      best = name
      fewest = edits
    }
  }
  return best === undefined ? "" : ` (did you mean ${best}?)`
}
