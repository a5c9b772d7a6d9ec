/**
 * The loop of every JavaScript contender. It reads jobs from stdin, one per line, does one after the other, and reports the
 * result of each. A job is measured from its start, or from the moment when its play calls `begin`.
 */
import { monitorEventLoopDelay, performance } from "node:perf_hooks"
import * as readline from "node:readline"

/** A job line is `play port bytes size connections messages`. What the numbers mean depends on the workload. */
export interface Job {
  readonly port: number
  readonly bytes: number
  readonly size: number
  readonly connections: number
  readonly messages: number
}

/** The work that was done, as this end counted it. A count that it cannot make is missing. */
export interface Work {
  readonly received: number
  readonly sent: number
  readonly messages?: number
  /** All other figures, by name. */
  readonly figures?: Readonly<Record<string, number>>
}

export interface Meter {
  /** Reports the port at which a server listens. */
  readonly listening: (port: number) => void
  /** Starts the measurement. Default: at the start of the job. */
  readonly begin: () => void
  /** Ends the measurement. Default: at the end of the job. */
  readonly end: () => void
  /** Reports that a measurement was taken, so that the driver continues. */
  readonly seen: () => void
}

export type Play = (job: Job, meter: Meter) => Promise<Work>

const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

/** The resolution of the event loop delay, in milliseconds. It is subtracted from the stall. */
const resolution = 1

const turns = () => new Promise(resolve => setTimeout(resolve, 5 * resolution))

const measured = async (play: Play, job: Job) => {
  const delay = monitorEventLoopDelay({ resolution })
  let [began, cpuThen] = [0, process.cpuUsage()]
  let [wall, cpu] = [0, 0]
  const begin = () => {
    began = performance.now()
    cpuThen = process.cpuUsage()
  }
  const end = () => {
    const { system, user } = process.cpuUsage(cpuThen)
    cpu = system + user
    wall = Math.round((performance.now() - began) * 1e6)
  }
  delay.enable()
  // The monitor sees stalls only from its second turn on, and sees the last stall only at the turn after it.
  await turns()
  begin()
  const work = await play(job, {
    begin,
    end,
    listening: port => say({ listening: port }),
    seen: () => say({ seen: true })
  })
  if (wall === 0) end()
  await turns()
  delay.disable()
  const stall = Math.max(0, delay.max / 1e6 - resolution)
  return { ...work, wall, cpu, stall, peakRss: process.resourceUsage().maxRSS }
}

/** The process exits after this time, in milliseconds, in case its parent has lost it. */
const lifetime = 20 * 60 * 1000

/** Does jobs until stdin ends, then exits. */
export const perform = async (plays: Readonly<Record<string, Play>>): Promise<void> => {
  setTimeout(() => process.exit(1), lifetime).unref()
  say({ plays: Object.keys(plays) })
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [workload = "", ...numbers] = line.split(" ")
    const [port = 0, bytes = 0, size = 0, connections = 0, messages = 0] = numbers.map(Number)
    const play = plays[workload]
    if (play === undefined) throw new Error(`no play named ${workload}`)
    say({ done: await measured(play, { port, bytes, size, connections, messages }) })
  }
  process.exit()
}
