/**
 * The contract of a transport as a suite of properties: whoever writes a network of their own has it tested like those
 * that come with this library. It is data, and knows no test runner. With `@effect/vitest`:
 *
 * ```ts
 * import { describe, it } from "@effect/vitest"
 * import * as Conformance from "effect-sockets/Conformance"
 * import * as NodeNetwork from "effect-sockets/NodeNetwork"
 *
 * describe("NodeNetwork", () => {
 *   for (const chapter of Conformance.chapters({ layer: NodeNetwork.layer })) {
 *     describe(chapter.title, () => {
 *       for (const { run, skip, title } of chapter.properties) {
 *         if (skip === undefined) it.live(title, () => run, 120_000)
 *         else it.skip(`${title} (${skip})`, () => {})
 *       }
 *     })
 *   }
 * })
 * ```
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as suite from "./internal/conformance/index.ts"
import * as internal from "./internal/conformance/kit/index.ts"
import { type Names, type Statement, withDefaults } from "./internal/conformance/kit/index.ts"
import type * as Network from "./Network.ts"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Capability,
  /**
   * @since 0.1.0
   * @category models
   */
  Names,
  /**
   * @since 0.1.0
   * @category models
   */
  Open,
  /**
   * What somebody states about a transport to have it tested: how to reach it, what it cannot do, how to look into it.
   * Only its `layer` has to be stated.
   *
   * @since 0.1.0
   * @category models
   */
  Statement
} from "./internal/conformance/kit/index.ts"

/**
 * One sentence of the contract, and how to find out whether it is true of this transport.
 *
 * @since 0.1.0
 * @category models
 */
export interface Property {
  readonly title: string
  /** Why it cannot be asked of this transport. */
  readonly skip: string | undefined
  /**
   * Succeeds if it is true, and dies with what was expected and what came if not, or if anything that is counted as
   * open was left open. It needs the live Clock, may be run again, and ends within about a minute whatever the
   * transport does, so a runner's own limit should be longer.
   */
  readonly run: Effect.Effect<void>
}

/**
 * Properties that belong together.
 *
 * @since 0.1.0
 * @category models
 */
export interface Chapter {
  readonly title: string
  readonly properties: ReadonlyArray<Property>
}

/**
 * The contract, chapter by chapter, for this transport. Nothing runs until a property's `run` does, and one at a time
 * may, where `open` or `memory` is stated: what another one opens would count.
 *
 * @since 0.1.0
 * @category constructors
 */
export const chapters = (statement: Statement): ReadonlyArray<Chapter> => {
  const on = withDefaults(statement)
  return suite.chapters.map(({ properties, title }) => ({
    title,
    properties: properties.map(property => ({
      title: property.title,
      skip: suite.reasonToSkip(on, property),
      run: suite.run(on, property)
    }))
  }))
}

/**
 * The names of a `Statement`, on the driver of its network: it is asked to dial and to listen, and nothing is looked up.
 * The hosts are those of the loopback unless told.
 *
 * @since 0.1.0
 * @category constructors
 */
export const names = (driver: Network.Driver, hosts?: Pick<Names, "free" | "other">): Names =>
  internal.names(driver, hosts ?? { free: "127.0.0.1", other: "::1" })
