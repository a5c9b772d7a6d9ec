/**
 * A test suite for networks. It tests your own network in the same way as the networks of this library. The suite is
 * plain data, so it works with any test runner. With `@effect/vitest`:
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
   * Describes a transport under test: how to reach it, which capabilities it lacks, and how to count its open
   * resources. Only `layer` is required.
   *
   * @since 0.1.0
   * @category models
   */
  Statement
} from "./internal/conformance/kit/index.ts"

/**
 * One sentence of the contract, and its test for this transport.
 *
 * @since 0.1.0
 * @category models
 */
export interface Property {
  /** The sentence. It is unique in the contract. */
  readonly title: string
  /** Why the property cannot be tested on this transport, or `undefined` if it can. */
  readonly skip: string | undefined
  /**
   * Runs the test. Succeeds if the sentence is true. Otherwise this effect dies, with the expected and the actual value
   * in the message. If the statement has `open`, the effect also dies if the test leaves resources open. The effect
   * needs the live Clock and can run more than once. It ends within about a minute, even if the transport hangs. So
   * give the test runner a longer timeout.
   */
  readonly run: Effect.Effect<void>
}

/**
 * A group of properties with a title.
 *
 * @since 0.1.0
 * @category models
 */
export interface Chapter {
  /** The title of the group. */
  readonly title: string
  /** The properties of the group. */
  readonly properties: ReadonlyArray<Property>
}

/**
 * Returns the chapters of the contract for this transport. Runs nothing: run each property with its `run`. If the
 * statement has `open` or `memory`, run one property at a time, because these functions also count the resources of all
 * other properties that run.
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
 * Makes the `names` of a `Statement`: a network whose names the suite chooses. This network uses the driver to dial and
 * to listen, and never to resolve a name. Default for `hosts`: `127.0.0.1` and `::1`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const names = (driver: Network.Driver, hosts?: Pick<Names, "free" | "other">): Names =>
  internal.names(driver, hosts ?? { free: "127.0.0.1", other: "::1" })
