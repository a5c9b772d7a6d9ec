import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Two slow, shared cores: limits are there to end a hang, not to time anything.
    testTimeout: 60_000,
    hookTimeout: 60_000
  }
})
