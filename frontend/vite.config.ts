import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const BACKEND = process.env.COACH_BACKEND ?? "http://127.0.0.1:8000";
const SERVER_PATHS = ["/api", "/slo", "/metrics", "/healthz", "/readyz", "/admin", "/static/admin"];

export default defineConfig({
  // WhiteNoise serves dist at /static/; Django renders index.html at every client route.
  base: "/static/",
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "dist",
    target: "es2022",
    manifest: true,
    // No data: URLs: the content security policy allows fonts and images from 'self' alone.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: {
      ...Object.fromEntries(SERVER_PATHS.map((path) => [path, { target: BACKEND }])),
      "/ws": { target: BACKEND, ws: true },
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["./src/testing/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    maxWorkers: 2,
    // A busy machine is no failure.
    testTimeout: 30_000,
    restoreMocks: true,
  },
});
