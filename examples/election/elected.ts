/** When a candidate is elected: the right rule, and one that works only until the network is cut. */

/** A majority of all members, whether they answer or not. Two majorities share a member, and each member votes once. */
export const byMajority =
  (members: number) =>
  (votes: number): boolean =>
    votes > members / 2

/** A majority of the members that answer. This is wrong: two members that cannot reach each other elect two leaders. */
export const byThoseWhoAnswer = (votes: number, answered: number): boolean => votes > answered / 2
