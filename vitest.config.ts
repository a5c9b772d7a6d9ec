import * as path from "node:path"
import { defineConfig } from "vitest/config"

const src = path.resolve(import.meta.dirname, "src")

/** What takes long, or needs programs of others. `npm test` leaves it to `npm run test:full`. */
const full = [
  // The contract: more transports, transports that break it, and those that were made outside.
  "test/conformance/{bites,contractTable,example,simulated,tcp6,unix,wrapped}.test.ts",
  "test/wires/**/*.test.ts",
  // Peers that lie, peers written in Python, and the same conversation on two networks.
  "test/{hostile,interop,parity}/**/*.test.ts",
  // The program as a process, row by row, and what it takes in memory.
  "test/cli/{memory,pipeMemory,sideBySide,table,watching}.test.ts",
  // Documents and the package, as users get them.
  "test/{docs,package}.test.ts",
  "test/readme/{commands,snippets}.test.ts",
  // The plan of the house, planted violations.
  "test/layers.test.ts",
  // The harnesses.
  "test/{bench,soak,torture}.test.ts",
  // Many seeds, many bytes, many connections.
  "test/examples/{banner,election,overTcp,wrongRule}.test.ts",
  "test/faults/profiles.test.ts",
  "test/internal/{framing/fuzz,simulated/run/determinism}.test.ts",
  "test/internal/node/{descriptors,listenFd}.test.ts",
  "test/server/tenThousand.test.ts",
  "test/pumpProxy.test.ts"
]

export default defineConfig({
  // Examples import the package by its name, as tsconfig.json has it too.
  resolve: {
    alias: [
      { find: /^effect-sockets$/, replacement: path.join(src, "index.ts") },
      { find: /^effect-sockets\/(\w+)$/, replacement: path.join(src, "$1.ts") }
    ]
  },
  test: {
    // Processes, since some tests change what belongs to one, such as the umask. Files share a process and its modules.
    pool: "forks",
    poolOptions: { forks: { isolate: false, minForks: 2, maxForks: 2 } },
    // Two slow, shared cores: limits are there to end a hang, not to time anything.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: "fast", include: ["test/**/*.test.ts"], exclude: full } },
      { extends: true, test: { name: "full", include: full, globalSetup: "test/built.ts" } }
    ]
  }
})
