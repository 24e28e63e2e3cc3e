/** The equity curve as the chart wants it (pure). */
import type { UTCTimestamp } from "lightweight-charts";

export interface EquityPoint {
  time: UTCTimestamp;
  /** R gained since the start. */
  equity: number;
  /** R below the highest equity so far, ≤ 0. */
  drawdown: number;
}

/** `[exit ts in ms, R]` in order of exit; of exits in one bar only the last is a point. */
export function equityPoints(curve: readonly (readonly number[])[]): EquityPoint[] {
  const points: EquityPoint[] = [];
  let peak = 0;
  let deepest = 0;
  let last = Number.NaN;
  for (const [ts = 0, equity = 0] of curve) {
    peak = Math.max(peak, equity);
    const time = (ts / 1000) as UTCTimestamp;
    deepest = time === last ? Math.min(deepest, equity - peak) : equity - peak;
    if (time === last) points.pop();
    points.push({ time, equity, drawdown: deepest });
    last = time;
  }
  return points;
}

/** The point at a time, or the last before it: what the other curve stood at. */
export function pointAt(points: readonly EquityPoint[], time: number): EquityPoint | null {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle] as EquityPoint).time <= time) low = middle + 1;
    else high = middle;
  }
  return points[low - 1] ?? null;
}
