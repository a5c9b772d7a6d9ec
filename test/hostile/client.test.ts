/** Ours connects to hostile servers. */
import { connects, meetings } from "./meeting.ts"

meetings(connects)
