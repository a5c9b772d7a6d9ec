/**
 * What every contender of JavaScript does: it takes jobs, a line each, does them one after the other, and says what each
 * came to. A job is measured from its beginning, or from when its play says that it begins.
 */
import { monitorEventLoopDelay, performance } from "node:perf_hooks"
import * as readline from "node:readline"

/** `workload port bytes size connections messages`: what each of them means is the workload's. */
export interface Job {
  readonly port: number
  readonly bytes: number
  readonly size: number
  readonly connections: number
  readonly messages: number
}

/** What was done, as this end has counted it; what it cannot count it leaves out. */
export interface Work {
  readonly received: number
  readonly sent: number
  readonly messages?: number
  /** Whatever else is measured, by its name. */
  readonly figures?: Readonly<Record<string, number>>
}

export interface Meter {
  /** Says where a server listens. */
  readonly listening: (port: number) => void
  /** Measures from here. */
  readonly begin: () => void
  /** Measures up to here. */
  readonly end: () => void
  /** Has seen what it had to see: the driver may go on. */
  readonly seen: () => void
}

export type Play = (job: Job, meter: Meter) => Promise<Work>

const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

/** In milliseconds; what the loop needs at least is taken off. */
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
  // Only from its second turn on does it see a stall, and the last one only when the loop turns again.
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

/** A process that was forgotten ends by itself. */
const lifetime = 20 * 60 * 1000

/** Does jobs until there are no more. */
export const perform = async (plays: Readonly<Record<string, Play>>): Promise<void> => {
  setTimeout(() => process.exit(1), lifetime).unref()
  say({ plays: Object.keys(plays) })
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [workload = "", ...numbers] = line.split(" ")
    const [port = 0, bytes = 0, size = 0, connections = 0, messages = 0] = numbers.map(Number)
    const play = plays[workload]
    if (play === undefined) throw new Error(`no play of ${workload}`)
    say({ done: await measured(play, { port, bytes, size, connections, messages }) })
  }
  process.exit()
}
