import { conformance } from "./runner.ts"
import { simulated } from "./transports.ts"

conformance(simulated)
