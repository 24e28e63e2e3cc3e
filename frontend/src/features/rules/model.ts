/** What the Rules screen counts from a rule's decisions (pure). */
import type { Alert, Label, RuleWindow, ScoreStep, Verdict } from "@/shared/api/types";
import { FEW } from "@/shared/lib/format";

/** Hit rate at which 1.5 : 1 with 0.05 R of cost earns nothing. */
export const BREAK_EVEN = 0.42;

export const LABELS: readonly (Label | "none")[] = ["good", "bad", "late", "missed", "none"];
export const VERDICTS: readonly (Verdict | "open")[] = ["good", "neutral", "bad", "open"];

export type Matrix = Record<Label | "none", Record<Verdict | "open", number>>;

/** How the trader's labels and the outcomes agree. */
export function labelMatrix(alerts: readonly Alert[]): Matrix {
  const row = (): Record<Verdict | "open", number> => ({ good: 0, neutral: 0, bad: 0, open: 0 });
  const matrix: Matrix = { good: row(), bad: row(), late: row(), missed: row(), none: row() };
  for (const alert of alerts) {
    matrix[alert.label?.label ?? "none"][alert.outcome.verdict ?? "open"] += 1;
  }
  return matrix;
}

export interface HeldBack {
  n: number;
  /** R of losses that were not taken, ≥ 0. */
  saved: number;
  /** R of gains that were not taken, ≥ 0. */
  cost: number;
}

/** What the gates saved and cost, over matured signals that were held back. */
export function heldBack(alerts: readonly Alert[]): HeldBack {
  const sum: HeldBack = { n: 0, saved: 0, cost: 0 };
  for (const alert of alerts) {
    const { r, maturedAt } = alert.outcome;
    if (alert.delivered || r === null || maturedAt === null) continue;
    sum.n += 1;
    if (r < 0) sum.saved -= r;
    else sum.cost += r;
  }
  return sum;
}

/** Where the hit rate lies against break-even; unknown with few cases or an interval across it. */
export function againstBreakEven(window: RuleWindow): "above" | "below" | "unclear" {
  const { matured, hitRateLow, hitRateHigh } = window;
  if (matured < FEW || hitRateLow === null || hitRateHigh === null) return "unclear";
  if (hitRateLow > BREAK_EVEN) return "above";
  return hitRateHigh < BREAK_EVEN ? "below" : "unclear";
}

export function held(window: RuleWindow): number {
  return Math.max(0, window.fired - window.actionable);
}

const CAUSE: Record<ScoreStep["cause"], string> = {
  label: "Label",
  undo: "Undo",
  outcome: "Outcome",
  trade: "Trade",
  day: "New day",
};

/** "Label bad", "Outcome −1.05R": what moved the score. */
export function causeWords(step: ScoreStep): string {
  const { label } = step.detail;
  return typeof label === "string" ? `${CAUSE[step.cause]} ${label}` : CAUSE[step.cause];
}
