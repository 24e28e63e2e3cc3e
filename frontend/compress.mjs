// WhiteNoise sends `file.br` or `file.gz` to whoever accepts it, if they lie beside the file.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = new URL("./dist/", import.meta.url);
const TEXT = /\.(js|css|svg)$/;

for (const name of readdirSync(dist, { recursive: true })) {
  if (!TEXT.test(name)) continue;
  const file = new URL(name, dist);
  const whole = readFileSync(file);
  const small = {
    gz: gzipSync(whole, { level: 9 }),
    br: brotliCompressSync(whole, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: whole.length } }),
  };
  for (const [ending, bytes] of Object.entries(small)) {
    if (bytes.length < whole.length) writeFileSync(new URL(`${name}.${ending}`, dist), bytes);
  }
}
