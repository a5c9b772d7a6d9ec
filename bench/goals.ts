/**
 * The floor and the goal of each row: a change must not go below a floor, and a goal is what we want to reach. They are
 * ratios within one run, or plain figures if nothing is compared.
 */

export interface Goal {
  readonly workload: string
  /** The figure that is judged: the workload's own figure, its CPU time, or another one by its name. */
  readonly of: "figure" | "cpu" | "stall" | "readAhead"
  /** The contender to compare with. Default: none; the figure of effect-sockets itself is judged. */
  readonly to?: string
  /** The workload of the other contender, if it does the same work in another workload. Default: the same workload. */
  readonly toWorkload?: string
  readonly better: "higher" | "lower"
  /** What every change must keep. Default: none. */
  readonly floor?: number
  /** What we want to reach. Default: none. */
  readonly goal?: number
}

const higher = (workload: string, to: string, floor: number | undefined, goal?: number, toWorkload?: string): Goal => ({
  workload,
  of: "figure",
  to,
  better: "higher",
  ...(floor === undefined ? {} : { floor }),
  ...(goal === undefined ? {} : { goal }),
  ...(toWorkload === undefined ? {} : { toWorkload })
})

const lower = (
  workload: string,
  of: Goal["of"],
  to: string | undefined,
  floor: number,
  goal?: number,
  toWorkload?: string
): Goal => ({
  workload,
  of,
  better: "lower",
  floor,
  ...(to === undefined ? {} : { to }),
  ...(goal === undefined ? {} : { goal }),
  ...(toWorkload === undefined ? {} : { toWorkload })
})

const KiB = 1024

export const goals: ReadonlyArray<Goal> = [
  higher("download", "data", 1, 1.3),
  higher("download", "platform3", 1.5, 2),
  higher("download", "effect4", 1, 1.2),
  higher("download", "python", 0.35, 0.5),
  higher("views", "data", 1.4, 1.8),
  higher("views", "onread", 0.55, 0.8),
  higher("views", "platform3", 1.8, 2.5),
  higher("views", "effect4", 1.3, 1.7),
  higher("views", "python", 0.45, 0.65),
  higher("recv1024", "python", 1.1, 1.5),
  higher("recv1024", "c", undefined, 1),
  higher("lines", "data", 1),
  higher("lines", "readline", 1),
  higher("recvLine", "readline", undefined, 1),
  higher("lengths", "data", 1),
  higher("pingpong", "data", 0.95, 1.1),
  higher("pingpong", "platform3", 1, 1.2),
  higher("pingpong", "effect4", 1, 1.1),
  higher("pingpong", "python", 0.85, 1),
  lower("pingpong", "cpu", "data", 1.2, 1.05),
  lower("pingpong", "cpu", "platform3", 0.8),
  lower("deadline", "cpu", "ours", 1.5, 1.1, "pingpong"),
  higher("send64k", "data", 0.75, 1),
  higher("send64k", "platform3", 1.1, 1.4),
  higher("send64k", "effect4", 1, 1.2),
  higher("send64k", "python", 0.65, 0.85),
  higher("send1k", "data", 0.75, 1),
  higher("send1k", "platform3", 1.5, 1.8),
  higher("send1k", "effect4", 1),
  higher("send1k", "python", 0.95),
  higher("pack", "data", 4, 6, "send1k"),
  higher("pack", "platform3", 8, 10, "send1k"),
  higher("pack", "effect4", 4, 6, "send1k"),
  higher("pack", "python", 5, 6.5, "send1k"),
  lower("send64k", "stall", undefined, 20, 6),
  lower("send1k", "stall", undefined, 20, 6),
  lower("download", "stall", undefined, 20, 6),
  higher("echo64", "data", 0.75, 0.95),
  higher("echo64", "platform3", 1.5, 1.9),
  higher("echo64", "effect4", 0.9, 1.1),
  higher("echo64", "asyncio", 2, 2.5),
  higher("echo1000", "data", 0.6, 0.85),
  higher("echo1000", "platform3", 1.5, 2),
  higher("echo1000", "effect4", 0.9, 1.1),
  higher("echo1000", "asyncio", 2, 2.5),
  higher("connect1", "data", 0.5, 0.8),
  higher("connect1", "platform3", 2, 3),
  higher("connect1", "effect4", 0.9, 1.2),
  higher("connect1", "asyncio", 0.6, 1),
  higher("connect64", "data", 0.4, 0.7),
  higher("connect64", "platform3", 2, 3),
  higher("connect64", "effect4", 0.9, 1.2),
  higher("connect64", "asyncio", 0.6, 1),
  lower("idle", "figure", "data", 3.3, 2.5),
  lower("idle", "figure", "platform3", 0.35, 0.25),
  lower("idle", "figure", "effect4", 0.9, 0.65),
  lower("tlsDownload", "cpu", "tls", 1.2, 1),
  lower("tlsSend", "cpu", "tls", 4, 3.5),
  lower("tlsPingpong", "cpu", "tls", 1.6, 1.3),
  lower("tlsConnect", "cpu", "tls", 1.5, 1.2),
  lower("tlsIdle", "figure", "tls", 1.2, 1),
  lower("slow", "figure", undefined, 16, 5),
  lower("slow", "readAhead", undefined, 256 * KiB, 128 * KiB)
]
