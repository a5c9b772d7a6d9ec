/**
 * The plan of the house. `npm run check` holds every import in `src` to it, imports of types included:
 *
 * - An arrow points down. A file imports from its own room, from the rooms that stand before its own in its wing, and from
 *   the wings that its wing stands `on`.
 * - A room has one door. From outside, a room of `src/internal` is imported by its `index.ts` alone.
 * - No file imports itself by way of others.
 *
 * `Socket.ts` is a public module, `src/Socket.ts`; `receive` is a room, `src/internal/receive`.
 */
const wings = {
  // Text, addresses and errors.
  values: { on: [], rooms: ["text", "Encoding.ts", "address", "SocketAddress.ts", "error", "SocketError.ts"] },
  // One socket, and one listener.
  sockets: {
    on: ["values"],
    rooms: ["waiting", "receive", "send", "stream", "Socket.ts", "accept", "Listener.ts"]
  },
  // The seam. Those above it are given a network, and those that are one do not know them.
  network: { on: ["values", "sockets"], rooms: ["connect", "Network.ts"] },
  // What is built from sockets, over any network.
  built: {
    on: ["values", "sockets", "network"],
    rooms: [
      ...["framing", "Framing.ts", "SocketSchema.ts", "Client.ts", "Names.ts", "Pump.ts"],
      ...["server", "Server.ts", "testServer", "TestServer.ts"]
    ]
  },
  // The networks.
  node: { on: ["values", "sockets", "network"], rooms: ["node", "NodeNetwork.ts"] },
  simulated: {
    on: ["values", "sockets", "network"],
    rooms: [
      ...["simulated/time", "simulated/look", "simulated/link", "simulated/kernel", "simulated/world", "simulated/run"],
      ...["SimulatedNetwork.ts", "Latency.ts", "Fault.ts"]
    ]
  },
  // What is true of every network.
  contract: {
    on: ["values", "sockets", "network"],
    rooms: ["conformance/kit", "conformance/chapters", "conformance", "Conformance.ts"]
  },
  // What a user imports.
  index: { on: ["values", "sockets", "network", "built"], rooms: ["index.ts"] },
  // What a user runs. The commands are given a network too.
  cli: { on: ["values", "sockets", "network", "built"], rooms: ["cli/kit", "cli/commands", "cli"] },
  program: { on: ["node", "cli"], rooms: ["main.ts"] }
}

/** The packages that a wing may import beside `effect`. */
const packages = { cli: ["@effect/cli", "@effect/platform", "@effect/platform-node"] }

/** The files of a module or a room. */
const filesOf = room =>
  room.endsWith(".ts") ? `${room.replace(".", "\\.")}$` : `${room.startsWith("cli") ? "" : "internal/"}${room}/[^/]+$`

const anyOf = rooms => (rooms.length === 0 ? "^$" : `^src/(${rooms.map(filesOf).join("|")})`)

const arrowsPointDown = Object.entries(wings).flatMap(([name, { on, rooms }]) =>
  rooms.map((room, i) => ({
    name: `${name}: ${room} imports what stands above or beside it`,
    severity: "error",
    from: { path: anyOf([room]) },
    to: { path: "^src/", pathNot: anyOf([...on.flatMap(wing => wings[wing].rooms), ...rooms.slice(0, i + 1)]) }
  }))
)

const fewPackages = Object.entries(wings).map(([name, { rooms }]) => ({
  name: `${name}: imports a package that it does not need`,
  severity: "error",
  from: { path: anyOf(rooms) },
  to: { path: "node_modules/", pathNot: `node_modules/(${["effect", ...(packages[name] ?? [])].join("|")})/` }
}))

export default {
  forbidden: [
    ...arrowsPointDown,
    ...fewPackages,
    {
      name: "a room has one door: import its index.ts",
      severity: "error",
      from: { path: "^src/(.+)/[^/]+$|^src/[^/]+$" },
      to: { path: "^src/internal/", pathNot: ["/index\\.ts$", "^src/$1/[^/]+$"] }
    },
    {
      name: "a command is a user: it imports public modules",
      severity: "error",
      from: { path: "^src/cli/" },
      to: { path: "^src/internal/" }
    },
    {
      name: "an example is a user: it imports the package by its name, and no test",
      severity: "error",
      from: { path: "^examples/" },
      to: { path: "^test/|^src/internal/|node_modules/(@effect/)?vitest/" }
    },
    {
      name: "an example is given a network: only its main.ts knows the platform",
      severity: "error",
      from: { path: "^examples/", pathNot: "^examples/[^/]+/main\\.ts$" },
      to: { path: "^src/NodeNetwork\\.ts$|node_modules/@effect/platform-node/" }
    },
    {
      name: "a file stands in a room of the plan",
      severity: "error",
      from: { path: "^src/", pathNot: anyOf(Object.values(wings).flatMap(({ rooms }) => rooms)) },
      to: {}
    },
    { name: "no circle, of types neither", severity: "error", from: { path: "^src/" }, to: { circular: true } },
    { name: "what is imported is there", severity: "error", from: {}, to: { couldNotResolve: true } }
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" }
  }
}
