// What the browser really fetches for Live: the document, the entry and the live page with everything
// they import, what the page itself asks for at once, and the font. Fonts are compressed already.
import { readFileSync } from "node:fs";

const dist = new URL("./dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist)));

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

const page = readFileSync(new URL("index.html", dist), "utf8");
const preloaded = [...page.matchAll(/rel="preload"[^>]*href="\/static\/([^"]+)"/g)].map((match) => `dist/${match[1]}`);
const code = closure(["index.html", "src/app/pages/LivePage.tsx"]);

export default [
  {
    name: "first load of Live: document, code, styles, font; gzipped",
    path: ["dist/index.html", "dist/color-scheme.js", "dist/favicon.svg", ...preloaded, ...code],
    gzip: true,
    limit: "300 kB",
  },
];
