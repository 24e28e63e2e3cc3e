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

const BEFORE = 60;
const AFTER = 24;
/** Share of the day that bars cover: closed hours lengthen what has to be read. */
const STRETCH: Record<Timeframe, number> = { "1s": 1, "1m": 1, "5m": 1, "15m": 3, "1h": 4, "1d": 1.5 };

/** Which bars to read around a trigger, so that its horizon is in them. */
export function barsAround(trigger: Trigger, timeframe: Timeframe): { from: number; to: number } {
  const size = TIMEFRAME_MS[timeframe] * STRETCH[timeframe];
  const end = trigger.outcome?.exitTs ?? trigger.ts;
  return { from: Math.floor(trigger.ts - BEFORE * size), to: Math.ceil(end + AFTER * size) };
}
