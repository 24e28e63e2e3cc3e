/** Builds src/bench into one script (`--outDir` says where); no part of the client. */
import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";

export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  publicDir: false,
  build: {
    target: "es2022",
    lib: { entry: "src/bench/chart.ts", formats: ["iife"], name: "bench", fileName: () => "chart.js" },
  },
});
