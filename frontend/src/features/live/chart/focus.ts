/** What the chart draws of the alert in focus (pure). */
import type { Alert } from "@/shared/api/types";
import { TIMEFRAME_MS, type Timeframe } from "@/shared/lib/format";
import { toTime } from "@/shared/ui/chartSeries";

import type { FocusMark } from "./primitives";

const HORIZON_BARS = 30;

/** How many bars an outcome that begins at `ts` may take: the horizon, or fewer to its session's end. */
function barsToEnd(ts: number, horizon: number, ends: readonly number[], size: number): number {
  const end = ends.find((each) => each >= ts);
  return end === undefined ? horizon : Math.min(horizon, Math.round((end - ts) / size));
}

/**
 * Its box and its reference level on a chart of some timeframe.
 *
 * @param ts open of the chart's bar that the alert lies in, epoch milliseconds.
 * @param ends opens of the last bars of sessions that are over, oldest first.
 */
export function focusMark(alert: Alert, ts: number, ends: readonly number[], timeframe: Timeframe): FocusMark {
  const { levels, outcome } = alert;
  const size = TIMEFRAME_MS[timeframe];
  const horizon = (HORIZON_BARS * TIMEFRAME_MS[alert.timeframe]) / size;
  return {
    time: toTime(ts),
    bars: barsToEnd(ts, horizon, ends, size),
    levels: outcome.state === "none" ? null : levels, // it expired: nobody entered
    level: levels.reference,
  };
}
