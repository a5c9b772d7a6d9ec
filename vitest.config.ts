import * as path from "node:path"
import { defineConfig } from "vitest/config"

const src = path.resolve(import.meta.dirname, "src")

export default defineConfig({
  // Examples import the package by its name, as tsconfig.json has it too.
  resolve: {
    alias: [
      { find: /^effect-sockets$/, replacement: path.join(src, "index.ts") },
      { find: /^effect-sockets\/(\w+)$/, replacement: path.join(src, "$1.ts") }
    ]
  },
  test: {
    include: ["test/**/*.test.ts"],
    // Two slow, shared cores: limits are there to end a hang, not to time anything.
    testTimeout: 60_000,
    hookTimeout: 60_000
  }
})
