/** The session so far, by rule (pure). */
import type { Alert, Calendar } from "@/shared/api/types";
import { exchangeDateKey } from "@/shared/lib/marketTime";

export interface DayRow {
  ruleId: string;
  sent: number;
  held: number;
  labelled: number;
  closed: number;
  /** Sum of R of sent alerts that are over; null without one. */
  sumR: number | null;
  /** Sum of R that waiting avoided (−) or missed (+); null without one. */
  heldR: number | null;
}

export function dayRows(alerts: readonly Alert[], calendar: Calendar): DayRow[] {
  const newest = alerts.reduce((most, alert) => Math.max(most, alert.ts), 0);
  const today = exchangeDateKey(newest, calendar);
  const rows = new Map<string, DayRow>();
  for (const alert of alerts) {
    if (exchangeDateKey(alert.ts, calendar) !== today) continue;
    const row = rows.get(alert.ruleId) ?? empty(alert.ruleId);
    rows.set(alert.ruleId, add(row, alert));
  }
  return [...rows.values()].sort((a, b) => a.ruleId.localeCompare(b.ruleId));
}

function empty(ruleId: string): DayRow {
  return { ruleId, sent: 0, held: 0, labelled: 0, closed: 0, sumR: null, heldR: null };
}

function add(row: DayRow, alert: Alert): DayRow {
  const r = alert.outcome.state === "closed" ? alert.outcome.r : null;
  const sum = (old: number | null, counts: boolean): number | null => (counts && r !== null ? (old ?? 0) + r : old);
  return {
    ...row,
    sent: row.sent + (alert.delivered ? 1 : 0),
    held: row.held + (alert.delivered ? 0 : 1),
    labelled: row.labelled + (alert.label === null ? 0 : 1),
    closed: row.closed + (alert.delivered && r !== null ? 1 : 0),
    sumR: sum(row.sumR, alert.delivered),
    heldR: sum(row.heldR, !alert.delivered),
  };
}
