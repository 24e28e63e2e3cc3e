/** What a card says about an alert (pure). */
import type { Alert, Direction, Outcome, RuleBin } from "@/shared/api/types";
import { number, TIMEFRAME_MS } from "@/shared/lib/format";

export type AlertTab = "open" | "all" | "held";

const SIGN: Record<Direction, 1 | -1> = { long: 1, short: -1 };

export function closeTs(alert: Alert): number {
  return alert.ts + TIMEFRAME_MS[alert.timeframe];
}

/** R of the position at a price, before cost. */
export function rAt(alert: Alert, price: number): number | null {
  const size = alert.levels.unit;
  return size > 0 ? (SIGN[alert.direction] * (price - alert.levels.entry)) / size : null;
}

export function isOver(outcome: Outcome): boolean {
  return outcome.state === "closed" || outcome.state === "none";
}

export function inTab(alert: Alert, tab: AlertTab): boolean {
  if (tab === "held") return !alert.delivered;
  if (!alert.delivered) return false;
  return tab === "all" || !isOver(alert.outcome);
}

/** The word that replaces R now: stop, target, timeout, expired. */
export function outcomeWord(outcome: Outcome): string | null {
  if (outcome.state === "none") return "expired";
  return outcome.state === "closed" ? outcome.exitReason : null;
}

/** Whole units at the risk budget; null where there is no budget or less than one unit fits. */
export function sizeFor(alert: Alert, riskPerTrade: number | null): number | null {
  const size = alert.levels.unit;
  if (riskPerTrade === null || size <= 0) return null;
  const count = Math.floor(riskPerTrade / size);
  return count >= 1 ? count : null;
}

/** "saved 1.05R": what holding a signal back was worth. */
export function waitingWords(alert: Alert): string | null {
  const r = alert.outcome.state === "closed" ? alert.outcome.r : null;
  if (r === null) return null;
  const size = number(Math.abs(r), 2);
  return r < 0 ? `Waiting saved ${size}R` : r > 0 ? `Waiting cost ${size}R` : "Waiting changed nothing";
}

/** The bin that a confidence of [0, 1] lies in; absent without an outcome there. */
export function binOf(bins: readonly RuleBin[], confidence: number): RuleBin | undefined {
  // The last bit of a product must not move 0.8 into the bin below; 1 belongs to the last.
  const value = Math.min(confidence * 100 + 1e-7, 99.9);
  return bins.find((bin) => bin.low <= value && value < bin.high);
}

/** "at 80–90: 58 % hit, n 41"; too few below 20. */
export function calibrationWords(bin: RuleBin | undefined): string {
  if (bin === undefined || bin.n === 0) return "no outcomes yet at this confidence";
  const range = `at ${bin.low}–${bin.high}`;
  if (bin.n < 20) return `${range}: too few (n ${bin.n})`;
  return `${range}: ${((bin.hits / bin.n) * 100).toFixed(0)} % hit, n ${bin.n}`;
}

/**
 * The list on screen while somebody reads it: what was there keeps its place, even if it no longer
 * belongs to the tab; what came meanwhile waits behind "n new".
 */
export function arranged(
  alerts: readonly Alert[],
  tab: AlertTab,
  frozen: ReadonlySet<number> | null,
): { shown: readonly Alert[]; waiting: number } {
  const current = alerts.filter((alert) => inTab(alert, tab));
  if (frozen === null) return { shown: current, waiting: 0 };
  return {
    shown: alerts.filter((alert) => frozen.has(alert.n)),
    waiting: current.filter((alert) => !frozen.has(alert.n)).length,
  };
}

/** Where there is no card to read, none has to keep its place: what came may be shown. */
export function holdsNothing(frozen: ReadonlySet<number> | null, waiting: number): boolean {
  return frozen?.size === 0 && waiting > 0;
}
