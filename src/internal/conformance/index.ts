/**
 * The contract: its chapters of properties, and how a property runs.
 *
 * @internal
 */
export { chapters, reasonToSkip, run } from "./suite.ts"
