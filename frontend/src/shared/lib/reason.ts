/** The server's sentences about gates and locks, in the numbers of the page (pure). */
import { MINUS } from "./format";

const COMPARED = /\bconfidence (\d\.\d+) ([<≥]) (\d\.\d+)/g;
const GATE = /\b(confidence from|base) (\d\.\d+)/g;
const IN_R = /(-?\d+\.\d+) ([<≤≥]) (-?\d+\.\d+) R\b/g;

/** `0.63` of [0, 1] as `63.0`; what has more digits to be told apart keeps them. */
function hundredfold(text: string, least: number): string {
  return (Number(text) * 100).toFixed(Math.max(least, text.length - 4));
}

function signedR(text: string): string {
  const sign = Number(text) > 0 ? "+" : "";
  return `${sign}${text}R`;
}

/** Confidence from 0 to 100, R with its sign, a true minus: as everywhere on the page. */
export function reasonWords(reason: string): string {
  return reason
    .replace(COMPARED, (_, own: string, sign: string, limit: string) => `confidence ${hundredfold(own, 0)} ${sign} ${hundredfold(limit, 1)}`)
    .replace(GATE, (_, words: string, value: string) => `${words} ${hundredfold(value, 1)}`)
    .replace(IN_R, (_, left: string, sign: string, right: string) => `${signedR(left)} ${sign} ${signedR(right)}`)
    .replace(/(^|[ (])-(?=\d)/g, `$1${MINUS}`);
}
