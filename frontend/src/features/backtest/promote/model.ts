/** What the promote dialog proposes (pure). */
import type { RunResult, StoredRun } from "@/shared/api/backtest";
import type { Calendar } from "@/shared/lib/marketTime";
import { exchangeDateKey } from "@/shared/lib/marketTime";

export const NAME = /^[a-z0-9][a-z0-9_]{2,79}$/;

export interface DateRange {
  from: string;
  to: string;
}

/** `spy_ltp_breakout_20250912`: symbol, rule and last session. */
export function suggestedName(symbol: string, ruleId: string, to: string): string {
  const plain = symbol.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  return `${plain}_${ruleId}_${to.replaceAll("-", "")}`.slice(0, 80);
}

/** The run's dates, both included. */
export function runRange({ start, end }: StoredRun, calendar: Calendar): DateRange {
  return { from: exchangeDateKey(start, calendar), to: exchangeDateKey(end - 1, calendar) };
}

const MOST_SESSIONS = 5;

/** The last dates on which the rule fired, as many as make a short case. */
export function suggestedRange(result: RunResult, ruleId: string, calendar: Calendar, whole: DateRange): DateRange {
  const fired = [...new Set(result.triggers.filter((item) => item.ruleId === ruleId).map((item) => exchangeDateKey(item.ts, calendar)))];
  const last = fired.slice(-MOST_SESSIONS);
  return { from: last[0] ?? whole.from, to: last.at(-1) ?? whole.to };
}

export interface Stretch {
  long: number;
  short: number;
  sessions: number;
}

/** What of the rule lies in a range: what the case would assert. */
export function stretchOf(result: RunResult, ruleId: string, calendar: Calendar, { from, to }: DateRange): Stretch {
  const days = new Set<string>();
  const found: Stretch = { long: 0, short: 0, sessions: 0 };
  for (const trigger of result.triggers) {
    if (trigger.ruleId !== ruleId) continue;
    const day = exchangeDateKey(trigger.ts, calendar);
    if (day < from || day > to) continue;
    days.add(day);
    found[trigger.direction] += 1;
  }
  return { ...found, sessions: days.size };
}
