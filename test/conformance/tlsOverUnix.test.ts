import { conformance } from "./runner.ts"
import { tlsOverUnix } from "./tls.ts"

conformance(tlsOverUnix)
