/**
 * The dependency rules of the source tree (docs/DECISIONS.md#dependency-rules-are-one-file). `npm run check` checks every
 * import in `src`, including imports of types:
 *
 * - Arrows point down. A file imports from its own room, from the rooms listed before its own in its wing, and from the
 *   wings that its wing is `on`.
 * - A room has one door. Files outside a room of `src/internal` import only its `index.ts`.
 * - No file imports itself through other files.
 *
 * In the lists, `Socket.ts` is the public module `src/Socket.ts`, and `receive` is the room `src/internal/receive`.
 */
const wings = {
  // Text, addresses and errors.
  values: {
    on: [],
    rooms: ["text", "option", "Encoding.ts", "address", "SocketAddress.ts", "error", "SocketError.ts"]
  },
  // One socket, and one listener.
  sockets: {
    on: ["values"],
    rooms: ["waiting", "receive", "send", "stream", "Socket.ts", "accept", "Listener.ts"]
  },
  // The service `Network`. Modules above it receive a network. The networks do not import those modules.
  network: { on: ["values", "sockets"], rooms: ["connect", "Network.ts"] },
  // TLS without an engine.
  tls: { on: ["values", "sockets", "network"], rooms: ["tls", "Tls.ts"] },
  // Modules built from sockets, over any network.
  built: {
    on: ["values", "sockets", "network", "tls"],
    rooms: [
      ...["framing", "Framing.ts", "SocketSchema.ts", "Client.ts", "Names.ts", "Pump.ts"],
      ...["server", "Server.ts", "testServer", "TestServer.ts"]
    ]
  },
  // The networks, and the engine of TLS.
  node: {
    on: ["values", "sockets", "network", "tls"],
    rooms: ["node", "NodeNetwork.ts", "nodeTls", "NodeTls.ts", "testCertificates", "TestCertificates.ts"]
  },
  simulated: {
    on: ["values", "sockets", "network"],
    rooms: [
      ...["simulated/time", "simulated/look", "simulated/link", "simulated/kernel", "simulated/world", "simulated/run"],
      ...["SimulatedNetwork.ts", "Latency.ts", "Fault.ts"]
    ]
  },
  // The contract of every network.
  contract: {
    on: ["values", "sockets", "network"],
    rooms: ["conformance/kit", "conformance/chapters", "conformance", "Conformance.ts"]
  },
  // The main entry point of the package.
  index: { on: ["values", "sockets", "network", "tls", "built"], rooms: ["index.ts"] },
  // The command-line program. Its commands receive a network too.
  cli: { on: ["values", "sockets", "network", "tls", "built"], rooms: ["cli/kit", "cli/commands", "cli"] },
  program: { on: ["node", "cli"], rooms: ["main.ts"] }
}

/** The packages that a wing may import in addition to `effect`. */
const packages = { cli: ["@effect/cli", "@effect/platform", "@effect/platform-node"] }

/** The files of a module or a room. */
const filesOf = room =>
  room.endsWith(".ts") ? `${room.replace(".", "\\.")}$` : `${room.startsWith("cli") ? "" : "internal/"}${room}/[^/]+$`

const anyOf = rooms => (rooms.length === 0 ? "^$" : `^src/(${rooms.map(filesOf).join("|")})`)

const arrowsPointDown = Object.entries(wings).flatMap(([name, { on, rooms }]) =>
  rooms.map((room, i) => ({
    name: `${name}: ${room} imports a room above it or beside it`,
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
      name: "a room has one door: import only its index.ts",
      severity: "error",
      from: { path: "^src/(.+)/[^/]+$|^src/[^/]+$" },
      to: { path: "^src/internal/", pathNot: ["/index\\.ts$", "^src/$1/[^/]+$"] }
    },
    {
      name: "a command imports only public modules",
      severity: "error",
      from: { path: "^src/cli/" },
      to: { path: "^src/internal/" }
    },
    {
      name: "an example imports the package by its name, and no test",
      severity: "error",
      from: { path: "^examples/" },
      to: { path: "^(test|bench|stress|tools|matrix)/|^src/internal/|node_modules/(@effect/)?vitest/" }
    },
    {
      name: "an example imports the package by its name, not by a path",
      severity: "error",
      from: { path: "^examples/" },
      to: { path: "^src/", dependencyTypesNot: ["aliased", "aliased-tsconfig", "aliased-tsconfig-paths"] }
    },
    {
      name: "only the main.ts of an example imports a platform",
      severity: "error",
      from: { path: "^examples/", pathNot: "^examples/[^/]+/main\\.ts$" },
      to: { path: "^src/Node(Network|Tls)\\.ts$|node_modules/@effect/platform-node/" }
    },
    {
      name: "every file belongs to a room listed in .dependency-cruiser.mjs",
      severity: "error",
      from: { path: "^src/", pathNot: anyOf(Object.values(wings).flatMap(({ rooms }) => rooms)) },
      to: {}
    },
    {
      name: "every file of src is imported, or imports something",
      severity: "error",
      from: { path: "^src/", orphan: true },
      to: {}
    },
    {
      name: "src imports no file outside of src",
      severity: "error",
      from: { path: "^src/" },
      to: { pathNot: ["^src/", "node_modules/"], dependencyTypesNot: ["core"], couldNotResolve: false }
    },
    {
      name: "no circular imports, including imports of types",
      severity: "error",
      from: { path: "^src/" },
      to: { circular: true }
    },
    { name: "every import can be resolved", severity: "error", from: {}, to: { couldNotResolve: true } }
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" }
  }
}
