/**
 * Certificates for tests.
 *
 * @internal
 */
export { type Authority, type AuthorityOptions, authority, type IssueOptions, type KeyType } from "./certificates.ts"
export { type Samples, samples } from "./samples.ts"
