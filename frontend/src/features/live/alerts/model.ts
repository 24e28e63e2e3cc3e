/** What a card says about an alert (pure). */
import type { Alert, Direction, Outcome, RuleBin } from "@/shared/api/types";
import { cases, closeTs, DASH, FEW, percent, price, rAgainst, tickDecimals, tooFew } from "@/shared/lib/format";

export { closeTs };

export type AlertTab = "open" | "all" | "held";
export type TabCounts = Record<AlertTab, number>;

export const ALERT_TABS: readonly { id: AlertTab; title: string }[] = [
  { id: "open", title: "Open" },
  { id: "all", title: "All" },
  { id: "held", title: "Held back" },
];

const SIGN: Record<Direction, 1 | -1> = { long: 1, short: -1 };

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

/** How many alerts each tab has. */
export function countsOf(alerts: readonly Alert[]): TabCounts {
  const counts: TabCounts = { open: 0, all: 0, held: 0 };
  for (const alert of alerts) for (const { id } of ALERT_TABS) if (inTab(alert, id)) counts[id] += 1;
  return counts;
}

/** The word that replaces R now: stop, target, timeout, expired. */
export function outcomeWord(outcome: Outcome): string | null {
  if (outcome.state === "none") return "expired";
  return outcome.state === "closed" ? outcome.exitReason : null;
}

/**
 * The barrier that the forming bar has reached: the position is at its end, which the bar's close will
 * tell. Of both the stop, as outcomes count. null where none is or the entry is not known.
 */
export function reached(alert: Alert, forming: { ts: number; high: number; low: number } | null): "stop" | "target" | null {
  const { levels, direction } = alert;
  if (forming === null || forming.ts < closeTs(alert) || levels.entryState === "provisional") return null;
  const [best, worst] = direction === "long" ? [forming.high, forming.low] : [forming.low, forming.high];
  const side = SIGN[direction];
  if (side * (worst - levels.stop) <= 0) return "stop";
  return side * (best - levels.target) >= 0 ? "target" : null;
}

export interface LevelWords {
  entry: string;
  stop: string;
  target: string;
  /** In one line, without the names beside it. */
  short: string;
}

/** Entry, stop and target as a card prints them: "≈" until the next bar opens, none where none came. */
export function levelWords({ levels, outcome }: Alert, tick: number): LevelWords {
  if (outcome.state === "none") return { entry: "none", stop: DASH, target: DASH, short: "no entry" };
  const isKnown = levels.entryState === "filled";
  const [entry, stop, target] = [levels.entry, levels.stop, levels.target].map((level) => `${isKnown ? "" : "≈ "}${price(level, tick)}`) as [string, string, string];
  return { entry: isKnown ? entry : "≈ next open", stop, target, short: entry };
}

/** From entry to stop as a card prints them, in steps of the last printed digit. */
function printedSteps({ levels }: Alert, tick: number): number {
  const digits = tickDecimals(tick);
  const steps = (level: number): number => Math.round(Number(level.toFixed(digits)) * 10 ** digits);
  return Math.abs(steps(levels.entry) - steps(levels.stop));
}

/**
 * Whole units of which the risk budget carries the loss from the printed entry to the printed stop;
 * null where there is no budget or less than one unit fits.
 */
export function sizeFor(alert: Alert, tick: number, riskPerTrade: number | null): number | null {
  const steps = printedSteps(alert, tick);
  if (riskPerTrade === null || steps === 0 || alert.outcome.state === "none") return null;
  const count = Math.floor((riskPerTrade * 10 ** tickDecimals(tick)) / steps);
  return count >= 1 ? count : null;
}

/** "saved +1.05R": what holding a signal back was worth. */
export function waitingWords(alert: Alert): string | null {
  const missed = alert.outcome.state === "closed" ? alert.outcome.r : null;
  if (missed === null) return null;
  if (missed === 0) return "Waiting changed nothing";
  return `Waiting ${missed < 0 ? "saved" : "cost"} ${rAgainst(missed)}`;
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
  if (bin.n < FEW) return `${range}: ${tooFew(bin.n)}`;
  return `${range}: ${percent(bin.hits / bin.n)} hit, ${cases(bin.n)}`;
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
