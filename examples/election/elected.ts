/** When somebody is elected: the right rule, and one that looks as right until the network is cut. */

/** Of all members, whether they answer or not. Two majorities of a cluster have a member in common, who votes once. */
export const byMajority =
  (members: number) =>
  (votes: number): boolean =>
    votes > members / 2

/** Of those who answer: nobody waits for a member that is down. But two who cannot hear each other elect two leaders. */
export const byThoseWhoAnswer = (votes: number, answered: number): boolean => votes > answered / 2
