import { it } from "@effect/vitest"
import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"
import { byMajority } from "../../examples/election/elected.ts"
import { cutOff, options } from "./cluster.ts"

it.live(
  "elects at most one leader for a term, whichever member is cut off",
  () => SimulatedNetwork.seeds(200, cutOff(byMajority(3)), options),
  60_000
)
