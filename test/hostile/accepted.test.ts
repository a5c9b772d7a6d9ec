/** Ours accepts hostile clients. */
import { accepts, meetings } from "./meeting.ts"

meetings(accepts)
