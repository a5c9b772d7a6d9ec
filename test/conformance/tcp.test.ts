import { conformance } from "./runner.ts"
import { tcp } from "./transports.ts"

conformance(tcp)
