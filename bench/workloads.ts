/**
 * The workloads: what the contender does, what the peer does meanwhile, and which figure results. A workload is a fixed
 * amount of work, not of time, so that all contenders do the same work.
 */

/** The amount of work in a job. What a field means depends on the workload. The port is passed separately. */
export interface Job {
  readonly bytes: number
  readonly size: number
  readonly connections: number
  readonly messages: number
}

/** With `full`, most contenders take about half a second. `quick` is a quarter of that. */
export type Size = "full" | "quick"

export type Group = "table" | "connections" | "frames"

export interface Workload {
  readonly name: string
  readonly group: Group
  readonly title: string
  /** The name of the function in the contender (its play). */
  readonly play: string
  readonly job: (size: Size) => Job
  /**
   * The program of the peer and its arguments. `drive` is a client, and its clock measures the time. `tlsPeer` and
   * `tlsDrive` do the same over TLS. Default: no peer.
   */
  readonly peer?: (job: Job) => {
    readonly program: "peer" | "drive" | "tlsPeer" | "tlsDrive"
    readonly words: ReadonlyArray<string | number>
  }
  /** The unit of the figure. */
  readonly unit: "MiB/s" | "per second" | "bytes each" | "MiB"
  /** True if there is no warm-up, because earlier work would change the memory figures. */
  readonly cold?: boolean
  /** True if the driver waits in the middle until the contender has taken a measurement. */
  readonly pauses?: boolean
  /** True if the event loop is always busy. Only then its stalls are reported. */
  readonly saturates?: boolean
  /** The work of the contender in total. Without a plan the work of two contenders may differ, so there is no ratio. */
  readonly plan?: (job: Job) => Work
  /** Contenders that do not run this workload. Default: none. */
  readonly without?: ReadonlyArray<string>
}

/** Work as one end counts it. What the contender receives, the peer sends. */
export interface Work {
  readonly received: number
  readonly sent: number
  readonly messages?: number | undefined
}

const KiB = 1024
const MiB = 1024 * KiB
const GiB = 1024 * MiB

const nothing: Job = { bytes: 0, size: 0, connections: 1, messages: 0 }

const parts: Readonly<Record<Size, number>> = { full: 1, quick: 1 / 4 }

const sized =
  (full: number, make: (amount: number) => Partial<Job>) =>
  (size: Size): Job => ({ ...nothing, ...make(full * parts[size]) })

const download = (name: string, title: string, play: string, size: number, full: number): Workload => ({
  name,
  group: "table",
  title,
  play,
  job: sized(full * MiB, bytes => ({ bytes, size })),
  peer: ({ bytes }) => ({ program: "peer", words: ["send", bytes, 64 * KiB] }),
  unit: "MiB/s",
  saturates: true,
  plan: ({ bytes }) => ({ received: bytes, sent: 0 })
})

/** Messages of `size` bytes (a power of two), as the `mode` of the peer makes them. */
const messages = (name: string, title: string, play: string, mode: string, size: number, full: number): Workload => ({
  name,
  group: "table",
  title,
  play,
  job: sized(full * MiB, bytes => ({ bytes, size, messages: bytes / size })),
  peer: ({ bytes }) => ({ program: "peer", words: [mode, bytes, size] }),
  unit: "per second",
  saturates: true,
  plan: ({ bytes }) => ({ received: bytes, sent: 0, messages: bytes / size })
})

const upload = (name: string, title: string, play: string, size: number, messages: number, full: number): Workload => ({
  name,
  group: "table",
  title,
  play,
  job: sized(full * MiB, bytes => ({ bytes, size, messages })),
  peer: () => ({ program: "peer", words: ["receive"] }),
  unit: "MiB/s",
  saturates: true,
  plan: ({ bytes, size }) => ({ received: 0, sent: bytes, messages: bytes / size })
})

/** The name of the play is that of the workload. */
const pingpong = (name: string, title: string): Workload => ({
  name,
  group: "table",
  title,
  play: name,
  job: sized(40_000, messages => ({ messages })),
  peer: () => ({ program: "peer", words: ["echo", 1] }),
  unit: "per second",
  plan: ({ messages }) => ({ received: messages, sent: messages, messages })
})

const connect = (connections: number): Workload => ({
  name: `connect${connections}`,
  group: "table",
  title: `connect, recv 22 bytes, close, ${connections} at a time`,
  play: "connect",
  job: sized(8192, messages => ({ connections, messages })),
  peer: ({ messages }) => ({ program: "peer", words: ["greet", messages] }),
  unit: "per second",
  plan: ({ messages }) => ({ received: 22 * messages, sent: 0, messages }),
  ...(connections > 1 ? { without: ["python"] } : {})
})

const echo = (
  group: Group,
  name: string,
  connections: number,
  size: number,
  full: number,
  unit: Workload["unit"] = "per second"
): Workload => ({
  name,
  group,
  title: `echo, ${connections} connection${connections === 1 ? "" : "s"} x ${size} bytes`,
  play: "echo",
  // Each connection has the same number of messages.
  job: sized(full, total => ({ connections, size, messages: Math.ceil(total / connections) * connections })),
  peer: job => ({ program: "drive", words: ["echo", job.connections, job.size, job.messages] }),
  unit,
  // The first message of each connection is counted here but not measured.
  plan: ({ connections, messages, size }) => {
    const bytes = (messages + connections) * size
    return { received: bytes, sent: bytes, messages }
  },
  ...(group === "table" ? {} : { without: ["asyncio"] })
})

const idle: Workload = {
  name: "idle",
  group: "table",
  title: "an idle connection of a server",
  play: "idle",
  job: () => ({ ...nothing, connections: 8000, messages: 1000 }),
  cold: true,
  pauses: true,
  peer: ({ connections, messages }) => ({ program: "drive", words: ["idle", messages, connections] }),
  unit: "bytes each",
  plan: ({ connections }) => ({ received: 0, sent: 0, messages: connections })
}

const slow: Workload = {
  name: "slow",
  group: "table",
  title: "memory growth of a slow reader, of 256 MiB",
  play: "slow",
  job: () => ({ ...nothing, bytes: 3 * MiB }),
  cold: true,
  peer: () => ({ program: "peer", words: ["blast", 256 * MiB] }),
  unit: "MiB"
}

/** A message is a `data` event of the trace: a byte sent in either direction. */
const simulation: Workload = {
  name: "simulation",
  group: "table",
  title: "a simulation of 1000 echo connections, in trace events",
  play: "simulation",
  job: sized(80_000, messages => ({ connections: 1000, messages })),
  unit: "per second",
  plan: ({ messages }) => ({ received: 0, sent: 0, messages })
}

/** Workloads over TLS 1.3. The clock starts after the handshake, except in `tlsConnect`. */
const secure: ReadonlyArray<Workload> = [
  {
    ...download("tlsDownload", "TLS: bulk download, recv(65536)", "tlsDownload", 64 * KiB, 256),
    peer: ({ bytes }) => ({ program: "tlsPeer", words: ["send", bytes, 64 * KiB] })
  },
  {
    ...upload("tlsSend", "TLS: sendAll of 64 KiB", "tlsSend", 64 * KiB, 0, 256),
    peer: () => ({ program: "tlsPeer", words: ["receive"] })
  },
  {
    name: "tlsPingpong",
    group: "table",
    title: "TLS: round trip of 64 bytes",
    play: "tlsPingpong",
    job: sized(40_000, messages => ({ messages, size: 64 })),
    peer: ({ size }) => ({ program: "tlsPeer", words: ["echo", size] }),
    unit: "per second",
    plan: ({ messages, size }) => ({ received: messages * size, sent: messages * size, messages })
  },
  {
    name: "tlsConnect",
    group: "table",
    title: "TLS: connect, handshake, recv 22 bytes, close, 1 at a time",
    play: "tlsConnect",
    job: sized(4096, messages => ({ messages })),
    peer: ({ messages }) => ({ program: "tlsPeer", words: ["greet", messages] }),
    unit: "per second",
    plan: ({ messages }) => ({ received: 22 * messages, sent: 0, messages })
  },
  {
    ...idle,
    name: "tlsIdle",
    title: "TLS: an idle connection of a server",
    play: "tlsIdle",
    job: () => ({ ...nothing, connections: 1500, messages: 500 }),
    peer: ({ connections, messages }) => ({ program: "tlsDrive", words: ["idle", messages, connections] })
  }
]

export const workloads: ReadonlyArray<Workload> = [
  download("download", "bulk download, recv(65536)", "download", 64 * KiB, 512),
  download("views", "bulk download, borrowed bytes", "views", 64 * KiB, 512),
  {
    ...download("recv1024", "bulk download, recv(1024)", "download", KiB, 128),
    // These have no receive that leaves the remaining bytes buffered.
    without: ["data", "onread", "platform3", "effect4"]
  },
  messages("lines", "a stream of lines of 64 bytes", "lines", "lines", 64, 128),
  messages("recvLine", "lines of 64 bytes, one by one", "recvLine", "lines", 64, 64),
  messages("lengths", "a stream of length-prefixed messages of 256 bytes", "lengths", "lengths", 256, 256),
  messages("recvFrame", "length-prefixed messages of 256 bytes, one by one", "recvFrame", "lengths", 256, 128),
  pingpong("pingpong", "ping-pong of 1 byte"),
  pingpong("deadline", "ping-pong of 1 byte, with timeouts"),
  upload("send64k", "sendAll of 64 KiB", "send", 64 * KiB, 0, 512),
  // The same bytes sent in three ways, so that the three can be compared too.
  upload("send1k", "sendAll of 1 KiB, one by one", "send", KiB, 0, 96),
  upload("pack", "sendAll of 64 x 1 KiB at once", "pack", KiB, 64, 96),
  upload("together", "sendAll of 1 KiB, by 64 fibers at once", "together", KiB, 64, 96),
  echo("table", "echo64", 64, KiB, 64_000),
  echo("table", "echo1000", 1000, KiB, 64_000),
  connect(1),
  connect(64),
  idle,
  slow,
  simulation,
  ...secure,
  ...[1, 10, 100, 1000, 10_000].map(connections =>
    echo("connections", `connections${connections}`, connections, KiB, 40_000)
  ),
  ...[16, 256, 4 * KiB, 64 * KiB, MiB].map(size =>
    echo("frames", `frames${size}`, 16, size, Math.min(40_000, GiB / 2 / size), "MiB/s")
  )
]
