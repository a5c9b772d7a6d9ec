/** What a member of a cluster knows, and how it answers. A term has one vote of each member. */
import type { Answer, Question } from "./messages.ts"

export interface State {
  readonly term: number
  /** Who has our vote of this term. */
  readonly votedFor: string | undefined
  /** How often we had a reason not to stand ourselves. */
  readonly heard: number
}

export const initial: State = { term: 0, votedFor: undefined, heard: 0 }

/** The same, if that term is not over; else the beginning of the new one. */
export const inTerm =
  (term: number) =>
  (state: State): State =>
    term > state.term ? { ...state, term, votedFor: undefined } : state

/** We stand ourselves, and have one vote. */
export const standing =
  (name: string) =>
  (state: State): State => ({ ...state, term: state.term + 1, votedFor: name })

export const answer =
  ({ from, kind, term }: Question) =>
  (before: State): readonly [Answer, State] => {
    const state = inTerm(term)(before)
    const isFree = state.votedFor === undefined || state.votedFor === from
    if (term < state.term || (kind === "vote" && !isFree)) return [{ yes: false, term: state.term }, state]
    const votedFor = kind === "vote" ? from : state.votedFor
    return [
      { yes: true, term },
      { ...state, votedFor, heard: state.heard + 1 }
    ]
  }
