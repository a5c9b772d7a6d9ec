import * as path from "node:path"
import { defineConfig } from "vitest/config"

const src = path.resolve(import.meta.dirname, "src")

/** Tests that are slow or that need other programs. Only `npm run test:full` runs them. */
const full = [
  // The contract over more transports, over transports that break it, and over transports that users write.
  "test/conformance/{bites,contractTable,example,simulated,tcp6,tls*,unix,virtualTime,wrapped}.test.ts",
  "test/wires/{childProcess,messagePort}.test.ts",
  // Hostile peers, peers written in Python, and the same conversation on both networks.
  "test/{hostile,interop,parity}/**/*.test.ts",
  // The command-line program as a process: tables of runs, and its memory use.
  "test/cli/{memory,pipeMemory,sideBySide,table,tlsProcess,watching}.test.ts",
  // The documents, and the package as users install it.
  "test/{docs,package}.test.ts",
  "test/guide/{commands,programs}.test.ts",
  // The dependency rules: each violation is planted and must be found.
  "test/layers.test.ts",
  // The bench, the soak and the torture run.
  "test/{bench,soak,torture}.test.ts",
  // Tests with many seeds, many bytes or many connections.
  "test/examples/{banner,election,overTcp,wrongRule}.test.ts",
  "test/faults/profiles.test.ts",
  "test/internal/{framing/fuzz,simulated/run/determinism}.test.ts",
  "test/internal/node/{descriptors,listenFd,silentNames}.test.ts",
  "test/server/tenThousand.test.ts",
  "test/tls/{fuzz,interrupted,peers}.test.ts",
  "test/pumpProxy.test.ts"
]

export default defineConfig({
  // Examples import the package by its name. tsconfig.json has the same aliases.
  resolve: {
    alias: [
      { find: /^effect-sockets$/, replacement: path.join(src, "index.ts") },
      { find: /^effect-sockets\/(\w+)$/, replacement: path.join(src, "$1.ts") }
    ]
  },
  test: {
    // Workers are processes, because some tests change process state such as the umask. Test files share a process and
    // its loaded modules.
    pool: "forks",
    poolOptions: { forks: { isolate: false, minForks: 2, maxForks: 2 } },
    // These timeouts only end a hang. They are long because the tests also run on two slow, shared cores.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: "fast", include: ["test/**/*.test.ts"], exclude: full } },
      { extends: true, test: { name: "full", include: full, globalSetup: "test/built.ts" } }
    ]
  }
})
