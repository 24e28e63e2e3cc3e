import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const BACKEND = process.env.COACH_BACKEND ?? "http://127.0.0.1:8000";
const SERVER_PATHS = ["/api", "/slo", "/metrics", "/healthz", "/readyz", "/admin", "/static/admin"];

/** Parts of Mantine that the frame or Live show; those that only another page shows come with it. */
const MANTINE = [
  ...["ActionIcon", "AppShell", "Button", "CloseButton", "FloatingIndicator", "FocusTrap", "Input", "InputBase", "Kbd"],
  ...["Loader", "Popover", "Portal", "SegmentedControl", "Tabs", "TextInput", "Tooltip", "Transition", "UnstyledButton"],
].join("|");
const EVERY_PAGE = new RegExp(
  [
    "node_modules/(react|react-dom|scheduler|react-router|@tanstack|@floating-ui|clsx)/",
    `@mantine/core/esm/(core|components/(${MANTINE}))/`,
    "src/shared/(lib|realtime|ui/(keyboard|shapes|states|theme|tokens)|api/(http|endpoints|queries|settings))",
  ]
    .join("|")
    .replaceAll("/", "[\\\\/]"),
);

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
    rolldownOptions: {
      output: {
        // One chunk for what every page needs: small shared ones compress worse and cost a request each.
        codeSplitting: {
          groups: [
            {
              name: "base",
              test: EVERY_PAGE,
            },
          ],
        },
      },
    },
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
