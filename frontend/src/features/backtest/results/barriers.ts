/** Entry, stop and target of a trigger, from its outcome (pure). */
import type { Trigger } from "@/shared/api/backtest";
import { TIMEFRAME_MS, type Timeframe } from "@/shared/lib/format";

/** What an outcome costs, in R; the same on the server (engine/outcome.py). */
const COST_R = 0.05;
const TARGET_R = 1.5;

export interface Barriers {
  entry: number;
  /** Null where the exit lies too near the entry to tell the unit. */
  stop: number | null;
  target: number | null;
}

/** The unit follows from the exit: R + cost = direction · (exit − entry) / unit. */
export function barriersOf({ direction, outcome }: Trigger): Barriers | null {
  if (outcome === null || outcome.entry === null) return null;
  const { entry, exitPrice, r } = outcome;
  const dir = direction === "long" ? 1 : -1;
  const gross = r === null ? 0 : r + COST_R;
  const unit = exitPrice === null || Math.abs(gross) < 0.05 ? null : (dir * (exitPrice - entry)) / gross;
  if (unit === null || unit <= 0) return { entry, stop: null, target: null };
  return { entry, stop: entry - dir * unit, target: entry + dir * TARGET_R * unit };
}

/** Bars that are shown before a trigger. */
export const BEFORE = 60;
const AFTER = 24;
const DAY = 86_400_000;
/** The longest that a market is closed: a weekend with a holiday at either end, and what is left of the days around. */
const CLOSED = 5 * DAY;
/** Share of the day that bars cover: closed hours lengthen what has to be read. */
const STRETCH: Record<Timeframe, number> = { "1s": 1, "1m": 1, "5m": 1, "15m": 3, "1h": 4, "1d": 1.5 };
/** Whose bars before a session's first ones lie in the session before; of 1s that would be too many, and a day's bars have no night. */
const OVER_NIGHT: ReadonlySet<Timeframe> = new Set(["1m", "5m", "15m", "1h"]);

/** Which bars to read around a trigger, so that there are some before it, be it a session's first, and its horizon is in them. */
export function barsAround(trigger: Trigger, timeframe: Timeframe): { from: number; to: number } {
  const size = TIMEFRAME_MS[timeframe] * STRETCH[timeframe];
  const end = trigger.outcome?.exitTs ?? trigger.ts;
  const night = OVER_NIGHT.has(timeframe) ? CLOSED : 0;
  return { from: Math.floor(trigger.ts - BEFORE * size - night), to: Math.ceil(end + AFTER * size) };
}

/** The places on the axis that are in view: the trigger, what led to it, and all that came after. */
export function view(times: readonly number[], trigger: number): { from: number; to: number } {
  const at = times.findIndex((time) => time >= trigger);
  return { from: Math.max(0, (at < 0 ? times.length : at) - BEFORE), to: times.length + 1 };
}
