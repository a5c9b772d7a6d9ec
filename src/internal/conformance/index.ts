/**
 * Exports the conformance suite: the chapters of the contract, the function that runs one property, and the function
 * that returns why a property is skipped.
 *
 * @internal
 */
export { chapters, reasonToSkip, run } from "./suite.ts"
