/**
 * How numbers are written. Null and non-finite values print as an en dash, never as 0; minus is
 * U+2212, so that digits keep their column.
 */
export const DASH = "–";
export const MINUS = "\u2212";
/** Below this count a rate says nothing. */
export const FEW = 20;

type Maybe = number | null | undefined;

function finite(value: Maybe): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function signed(value: number, digits: number, plus: boolean): string {
  const text = Math.abs(value).toFixed(digits);
  const zero = Number(text) === 0;
  if (zero) return text;
  if (value < 0) return `${MINUS}${text}`;
  return plus ? `+${text}` : text;
}

/** Decimals that a tick size needs: 0.01 → 2, 0.25 → 2, 1 → 0, 1e-8 → 8. */
export function tickDecimals(tickSize: number): number {
  if (!Number.isFinite(tickSize) || tickSize <= 0) return 2;
  for (let digits = 0; digits <= 10; digits += 1) {
    const scaled = tickSize * 10 ** digits;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 && Math.round(scaled) > 0) return digits;
  }
  return 10;
}

/**
 * A price to its tick's decimals, without rounding to the tick itself: 512.340. Of a symbol whose
 * tick nobody knows, a broker's say, it keeps its own decimals, two at least.
 */
export function price(value: Maybe, tickSize: number | undefined): string {
  if (!finite(value)) return DASH;
  return signed(value, tickSize === undefined ? Math.max(2, decimalsOf(value)) : tickDecimals(tickSize), false);
}

function decimalsOf(value: number): number {
  return Math.min(8, String(value).split(".")[1]?.length ?? 0);
}

/** R with sign and two decimals: `+0.22R`, `−1.05R`, `0.00R`. */
export function r(value: Maybe): string {
  return finite(value) ? `${signed(value, 2, true)}R` : DASH;
}

/** R that went against the trader, which is counted upwards: 1.3 is `−1.30R`. */
export function rAgainst(value: Maybe): string {
  return finite(value) ? r(-value) : DASH;
}

/** A score or another signed number: `−0.13`. */
export function signedNumber(value: Maybe, digits = 2): string {
  return finite(value) ? signed(value, digits, true) : DASH;
}

/** "−0.08 → −0.09": as many decimals as it takes to tell both sides apart; "−0.08" where nothing changed. */
export function change(before: number, after: number, write: (value: number, digits: number) => string, digits = 2): string {
  for (let more = digits; more < digits + 4; more += 1) {
    const [from, to] = [write(before, more), write(after, more)];
    if (from !== to) return `${from} → ${to}`;
  }
  return write(after, digits);
}

export function number(value: Maybe, digits = 0): string {
  return finite(value) ? signed(value, digits, false) : DASH;
}

/** Confidence in [0, 1] as 0–100, without %: it ranks, it is no probability. */
export function confidence(value: Maybe): string {
  return finite(value) ? (value * 100).toFixed(0) : DASH;
}

/** A gate in [0, 1] as 0–100 with one decimal: `61.3`. */
export function gate(value: Maybe): string {
  return finite(value) ? (value * 100).toFixed(1) : DASH;
}

/** A count: `7 790`, with a narrow space between thousands that keeps the line together. */
export function count(value: Maybe): string {
  if (!finite(value)) return DASH;
  return number(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

export function percent(value: Maybe): string {
  return finite(value) ? `${(value * 100).toFixed(0)}\u00a0%` : DASH;
}

/** `n 3 681`, never broken between the two. */
export function cases(n: number): string {
  return `n\u00a0${count(n)}`;
}

/** What stands instead of a figure of fewer than 20 cases: `too few (n 12)`. */
export function tooFew(n: number): string {
  return `too few (${cases(n)})`;
}

/** The bounds of a rate, in whole percent: `43–72`. */
export function bounds(low: Maybe, high: Maybe): string {
  return finite(low) && finite(high) ? `${(low * 100).toFixed(0)}–${(high * 100).toFixed(0)}` : DASH;
}

const Z_95 = 1.959963984540054;

/**
 * A rate beside its evidence: `58 % (43–72, n 41)`; below 20 cases `too few (n 12)`.
 * All three proportions in [0, 1].
 */
export function rate(value: Maybe, low: Maybe, high: Maybe, n: Maybe): string {
  if (!finite(n) || n === 0) return DASH;
  if (n < FEW) return tooFew(n);
  if (!finite(value)) return DASH;
  const interval = finite(low) && finite(high) ? `${bounds(low, high)},\u00a0` : "";
  return `${percent(value)} (${interval}${cases(n)})`;
}

/** Wilson's 95 % bounds of a rate, as the server counts them; null without a case. */
export function wilson(successes: number, n: number): { low: number; high: number } | null {
  if (n === 0) return null;
  const p = successes / n;
  const shrink = 1 + Z_95 ** 2 / n;
  const centre = (p + Z_95 ** 2 / (2 * n)) / shrink;
  const half = (Z_95 * Math.sqrt((p * (1 - p)) / n + Z_95 ** 2 / (4 * n ** 2))) / shrink;
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** A share of counted cases as a rate with its bounds: `37 % (28–47, n 102)`. */
export function share(successes: number, n: number): string {
  const interval = wilson(successes, n);
  return rate(n === 0 ? null : successes / n, interval?.low, interval?.high, n);
}

/** Expectancy with its n; below 20 cases `too few (n 12)`. */
export function expectancy(value: Maybe, n: Maybe): string {
  if (!finite(n) || n === 0) return DASH;
  if (n < FEW) return tooFew(n);
  return `${r(value)} (${cases(n)})`;
}

/** Volumes and sizes: counts as they are, from ten thousand on 12.3 k, 4.56 M. */
export function volume(value: Maybe): string {
  if (!finite(value)) return DASH;
  const size = Math.abs(value);
  if (size >= 1e9) return `${(value / 1e9).toFixed(2)} B`;
  if (size >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  if (size >= 1e4) return `${(value / 1e3).toFixed(1)} k`;
  if (size > 0 && size < 10) return value.toFixed(3);
  return count(value);
}

/** `0:47`, `12:05`, `1:02:03`. */
export function clock(ms: Maybe): string {
  if (!finite(ms)) return DASH;
  const total = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const tail = String(seconds).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** A length that is set, not counted: "16:34" of 993.6 seconds, as sentences round it. */
export function duration(seconds: number): string {
  return clock(Math.round(seconds) * 1000);
}

/** A countdown with hours always: `14:22:10`; from a day on `2 d 14:22:10`. */
export function countdown(ms: Maybe): string {
  if (!finite(ms)) return DASH;
  const total = Math.max(0, Math.floor(ms / 1000));
  const two = (part: number): string => String(part).padStart(2, "0");
  const rest = `${two(Math.floor(total / 3600) % 24)}:${two(Math.floor(total / 60) % 60)}:${two(total % 60)}`;
  const days = Math.floor(total / 86_400);
  return days > 0 ? `${days} d ${rest}` : rest;
}

export const TIMEFRAME_MS = {
  "1s": 1_000,
  "1m": 60_000,
  "5m": 300_000,
  "15m": 900_000,
  "1h": 3_600_000,
  "1d": 86_400_000,
} as const;
export type Timeframe = keyof typeof TIMEFRAME_MS;

/** When the bar closed, epoch ms: the moment an alert on it is of. */
export function closeTs({ ts, timeframe }: { ts: number; timeframe: Timeframe }): number {
  return ts + TIMEFRAME_MS[timeframe];
}

/** How many bars of the timeframe fit into a stretch of market time. */
export function barsBetween(ms: number, timeframe: Timeframe): number {
  return Math.max(0, Math.floor(ms / TIMEFRAME_MS[timeframe]));
}

/** Age since the trigger bar's close, on market time: `1 bar · 0:47`. */
export function age(ms: Maybe, timeframe: Timeframe): string {
  if (!finite(ms)) return DASH;
  return `${plural(barsBetween(ms, timeframe), "bar")} · ${clock(ms)}`;
}

export function plural(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** `120 s`, `2.4 min`: how long ago, for stale marks; milliseconds under a second. */
export function ago(ms: Maybe): string {
  if (!finite(ms)) return DASH;
  if (ms < 1000) return `${Math.round(Math.max(0, ms))} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}

/** Milliseconds of a latency chip: `34 ms`, `1.2 s`. */
export function latency(ms: Maybe): string {
  if (!finite(ms)) return DASH;
  return ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms)} ms`;
}
