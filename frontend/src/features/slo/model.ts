/** Reading of `/slo` for the page (pure). */
import type { Objective } from "@/shared/api/types";
import { DASH, MINUS, number } from "@/shared/lib/format";
import type { Health } from "@/shared/ui/shapes";

/** Google's multi-window alerts: the budget burns faster than `rate` over both windows. */
export const BURN_WINDOWS = [
  { window: "5m", words: "5 min", rate: 14.4 },
  { window: "1h", words: "1 hour", rate: 14.4 },
  { window: "6h", words: "6 hours", rate: 6 },
  { window: "3d", words: "3 days", rate: 1 },
] as const;

interface Word {
  health: Health;
  word: string;
  meaning: string;
}

const STATES: Record<Objective["state"], Word> = {
  ok: { health: "good", word: "kept", meaning: "The budget lasts." },
  ticket: { health: "fair", word: "slipping", meaning: "The budget will not last its window: look into it today." },
  page: { health: "poor", word: "breaking", meaning: "The budget is burning now: act." },
  noData: { health: "unknown", word: "no samples", meaning: "Nothing was measured." },
};

const COUNTING: Word = { health: "unknown", word: "counting", meaning: "Samples come in; the share kept is reckoned once a minute." };

/** `lately` is how many samples the last hour had. */
export function stateOf(objective: Pick<Objective, "state">, lately = 0): Word {
  return objective.state === "noData" && lately > 0 ? COUNTING : STATES[objective.state];
}

const WINDOW_WORDS: Record<string, string> = { m: "minutes", h: "hours", d: "days" };

/** `30d` → `30 days`. */
export function windowWords(window: string): string {
  const unit = WINDOW_WORDS[window.slice(-1)];
  return unit === undefined ? window : `${window.slice(0, -1)} ${unit}`;
}

/** `95 % within 120 ms`. */
export function promise(objective: Pick<Objective, "objective" | "withinMs">): string {
  return `${share(objective.objective)} within ${objective.withinMs} ms`;
}

/** A share with as many digits as keep a miss from rounding to 100 %: `99.95 %`. */
export function share(value: number | null | undefined): string {
  if (typeof value !== "number" || !Number.isFinite(value)) return DASH;
  const text = (Math.floor(value * 1e4) / 100).toFixed(2).replace(/\.?0+$/, "");
  return `${text} %`;
}

/** What is left of the budget: `64 % left`, overspent `−20 % left`. */
export function budget(left: number | null | undefined): string {
  if (typeof left !== "number" || !Number.isFinite(left)) return DASH;
  const rounded = Math.round(left * 100);
  if (rounded >= 0) return `${rounded} % left`;
  return rounded < -999 ? `${MINUS}999 % or worse` : `${MINUS}${-rounded} % left`;
}

/** Width of the budget bar's filled part, 0 to 1. */
export function budgetShare(left: number | null | undefined): number {
  return typeof left === "number" && Number.isFinite(left) ? Math.min(1, Math.max(0, left)) : 0;
}

/** `3.2×`; a burn of 1 spends the budget exactly within its window. */
export function burnRate(value: number | null | undefined): string {
  return typeof value === "number" && Number.isFinite(value) ? `${number(value, value < 10 ? 1 : 0)}×` : DASH;
}

export function isBurning(value: number | null | undefined, rate: number): boolean {
  return typeof value === "number" && value > rate;
}

/** One point alone would draw nothing: it becomes a short dash. */
function visible(run: readonly string[]): string {
  const [first] = run;
  if (run.length !== 1 || first === undefined) return run.join(" ");
  const [x = "0", y = "0"] = first.split(",");
  return `${first} ${(Number(x) + 1).toFixed(1)},${y}`;
}

export interface Minute {
  ts: number;
  p95: number | null;
}

export interface Line {
  /** SVG polyline points of runs without a missing minute. */
  runs: string[];
  /** Where the promised bound lies. */
  boundY: number;
  /** The value at the top. */
  top: number;
}

/**
 * The p95 of each minute of the last `minutes`, in a box of `width` by `height`. Missing minutes
 * break the line; the bound is always in the picture.
 */
export function sparkline(
  points: readonly Minute[],
  options: { now: number; minutes: number; bound: number; width: number; height: number },
): Line {
  const { now, minutes, bound, width, height } = options;
  const known = points.filter((p): p is { ts: number; p95: number } => p.p95 !== null);
  const top = Math.max(bound * 1.25, ...known.map((p) => p.p95)) * 1.05;
  const x = (ts: number): number => width * (1 - (now - ts) / (minutes * 60_000));
  const y = (ms: number): number => height * (1 - Math.max(0, ms) / top);
  const runs: string[][] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const point of known) {
    if (point.ts - before > 60_000) runs.push([]);
    runs.at(-1)?.push(`${x(point.ts).toFixed(1)},${y(point.p95).toFixed(1)}`);
    before = point.ts;
  }
  return { runs: runs.map(visible), boundY: y(bound), top };
}
