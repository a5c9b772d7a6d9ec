/** The state of a member and how it answers. Each member has one vote in each term. */
import type { Answer, Question } from "./messages.ts"

export interface State {
  readonly term: number
  /** The candidate that has the vote of this member in this term. */
  readonly votedFor: string | undefined
  /** How often this member has said yes to a candidate or to a leader. Each time, its own candidacy is postponed. */
  readonly heard: number
}

export const initial: State = { term: 0, votedFor: undefined, heard: 0 }

/** Returns the state for a later term, in which the member has not voted yet. If `term` is not later, nothing changes. */
export const inTerm =
  (term: number) =>
  (state: State): State =>
    term > state.term ? { ...state, term, votedFor: undefined } : state

/** Becomes a candidate in the next term and votes for itself. */
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
