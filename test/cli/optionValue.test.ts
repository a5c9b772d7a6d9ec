/** How the values of options are parsed. */
import { assert, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import { parseBytes, parseTime } from "../../src/cli/kit/optionValue.ts"

it.each([
  ["250ms", 250],
  ["10s", 10_000],
  ["1.5s", 1500],
  ["2m", 120_000],
  ["1h", 3_600_000],
  ["10", undefined],
  ["0s", undefined],
  ["-1s", undefined],
  ["1 s", undefined],
  ["1S", undefined],
  ["s", undefined],
  ["1e3s", undefined],
  [`${"9".repeat(400)}s`, undefined],
  ["", undefined]
] as const)("the time %j", (text, millis) => {
  assert.strictEqual(Option.getOrUndefined(Option.map(parseTime(text), Duration.toMillis)), millis)
})

it.each([
  ["1", 1],
  ["1048576", 1_048_576],
  ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ["9007199254740992", undefined],
  ["0", undefined],
  ["01", undefined],
  ["-1", undefined],
  ["1.5", undefined],
  ["0x10", undefined],
  ["1k", undefined],
  ["", undefined]
] as const)("the number of bytes %j", (text, bytes) => {
  assert.strictEqual(Option.getOrUndefined(parseBytes(text)), bytes)
})
