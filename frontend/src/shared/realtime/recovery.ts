/** What came back after an interruption, for the one line that says so (pure). */
export interface Recovery {
  bars: number;
  alerts: number;
  startedAt: number;
  endedAt: number;
}

/** How long after the line is back frames still count as catching up. */
export const CATCH_UP_MS = 1_500;

export function begin(now: number): Recovery {
  return { bars: 0, alerts: 0, startedAt: now, endedAt: now };
}

export function count(recovery: Recovery, what: { bars?: number; alerts?: number }, now: number): Recovery {
  const bars = recovery.bars + (what.bars ?? 0);
  const alerts = recovery.alerts + (what.alerts ?? 0);
  const moved = bars > recovery.bars || alerts > recovery.alerts;
  return { ...recovery, bars, alerts, endedAt: moved ? now : recovery.endedAt };
}

export function catchingUp(recovery: Recovery | null, now: number): recovery is Recovery {
  return recovery !== null && now - recovery.startedAt <= CATCH_UP_MS;
}
