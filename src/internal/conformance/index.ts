/**
 * The contract, as a list of properties.
 *
 * @internal
 */
export { chapters, reasonToSkip, run } from "./suite.ts"
