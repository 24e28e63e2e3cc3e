// The first load is the entry and the live page with everything they import statically.
import { readFileSync } from "node:fs";

const manifest = JSON.parse(readFileSync(new URL("./dist/.vite/manifest.json", import.meta.url)));

function closure(keys) {
  const seen = new Set();
  const files = new Set();
  const visit = (key) => {
    if (seen.has(key)) return;
    seen.add(key);
    const chunk = manifest[key];
    if (!chunk) throw new Error(`no chunk ${key} in the manifest`);
    files.add(`dist/${chunk.file}`);
    for (const css of chunk.css ?? []) files.add(`dist/${css}`);
    for (const next of chunk.imports ?? []) visit(next);
  };
  keys.forEach(visit);
  return [...files];
}

export default [
  {
    name: "first load: entry + live page, gzipped",
    path: closure(["index.html", "src/app/pages/LivePage.tsx"]),
    gzip: true,
    limit: "300 kB",
  },
];
