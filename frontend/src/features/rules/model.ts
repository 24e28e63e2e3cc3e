/** What the Rules screen makes of a rule's figures (pure). */
import type { HeldByGate, Label, MatrixRow, RiskPreview, Rule, RuleMetrics, RuleWindow, ScoreStep } from "@/shared/api/types";
import { FEW, r, signedNumber } from "@/shared/lib/format";

/** A rule with what is known of it. */
export interface RuleFigures {
  rule: Rule;
  metrics: RuleMetrics | undefined;
  preview: RiskPreview | undefined;
}

export const WINDOWS = [
  { id: "7d", short: "7 d", title: "7 days" },
  { id: "30d", short: "30 d", title: "30 days" },
] as const;

/** Hit rate at which 1.5 : 1 with 0.05 R of cost earns nothing. */
export const BREAK_EVEN = 0.42;

/** A score moves the confidence gate by a tenth of itself, and no further than this one does. */
export const SCORE_LIMIT = 0.3;

/** Whether the gate stands as high, or as low, as it goes. */
export function gateLimit(score: number): "max" | "min" | null {
  if (score <= -SCORE_LIMIT) return "max";
  return score >= SCORE_LIMIT ? "min" : null;
}

export const VERDICTS = ["good", "neutral", "bad", "open"] as const;
export type VerdictOrOpen = (typeof VERDICTS)[number];

/** What a label and an outcome are to each other. */
export function cellKind(label: MatrixRow["label"], verdict: VerdictOrOpen): "agree" | "disagree" | null {
  if ((label !== "good" && label !== "bad") || (verdict !== "good" && verdict !== "bad")) return null;
  return label === verdict ? "agree" : "disagree";
}

export interface Agreement {
  agree: number;
  disagree: number;
}

/** Labels good and bad against outcomes good and bad. */
export function agreement(matrix: readonly MatrixRow[]): Agreement {
  const sum: Agreement = { agree: 0, disagree: 0 };
  for (const row of matrix) {
    for (const verdict of VERDICTS) {
      const kind = cellKind(row.label, verdict);
      if (kind !== null) sum[kind] += row[verdict];
    }
  }
  return sum;
}

/** Signals of a row of the matrix. */
export function rowTotal(row: MatrixRow): number {
  return VERDICTS.reduce((sum, verdict) => sum + row[verdict], 0);
}

export interface HeldTotal {
  n: number;
  saved: number;
  cost: number;
  /** R: above 0 the governor earned its keep. */
  net: number;
}

export function heldTotal(held: readonly HeldByGate[]): HeldTotal {
  const saved = held.reduce((sum, gate) => sum + gate.saved, 0);
  const cost = held.reduce((sum, gate) => sum + gate.cost, 0);
  return { n: held.reduce((sum, gate) => sum + gate.n, 0), saved, cost, net: saved - cost };
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

const LABEL_WORD: Record<Label, string> = { good: "Good", bad: "Bad", late: "Late", missed: "Missed" };

function labelWord(value: unknown): string {
  return typeof value === "string" && value in LABEL_WORD ? LABEL_WORD[value as Label] : "no label";
}

function onSymbol(step: ScoreStep): string {
  return typeof step.detail["symbol"] === "string" ? ` on ${step.detail["symbol"]}` : "";
}

/** "Label Bad on SPY", "Undo, back to Good", "Outcome −1.05R": what moved the score. */
export function causeWords(step: ScoreStep): string {
  const { labelBefore, labelAfter } = step.detail;
  const value = step.detail["r"];
  const result = typeof value === "number" ? ` ${r(value)}` : "";
  switch (step.cause) {
    case "label":
      return typeof labelBefore === "string"
        ? `Label ${labelWord(labelBefore)} → ${labelWord(labelAfter)}${onSymbol(step)}`
        : `Label ${labelWord(labelAfter)}${onSymbol(step)}`;
    case "undo":
      return `Undo, back to ${labelWord(labelAfter)}${onSymbol(step)}`;
    case "outcome":
      return `Outcome${result}`;
    case "trade":
      return value === null ? "Trade removed" : `Trade${result}`;
    case "day":
      // Evidence leaves its windows overnight, and everybody's weighs in every score: it moves without one's own doing.
      return step.detail["first"] === true ? "Begins with everybody's results" : "New day, counted anew with everybody's results";
  }
}

/** Steps that were counted after one of a later time, as outcomes are that are told together; newest first. */
export function countedLate(steps: readonly ScoreStep[]): Set<number> {
  const late = new Set<number>();
  let latest = Number.NEGATIVE_INFINITY;
  for (const { id, marketTs } of [...steps].reverse()) {
    const at = Date.parse(marketTs);
    if (at < latest) late.add(id);
    latest = Math.max(latest, at);
  }
  return late;
}

/** Where the score stands apart from its last step: results grow old, and everybody's come in, before a new day is counted. */
export function since(steps: readonly ScoreStep[], score: number | undefined): string | null {
  const last = steps[0]?.score.after;
  if (last === undefined || score === undefined || signedNumber(last) === signedNumber(score)) return null;
  return `Now ${signedNumber(score)}: since the last step old results have left the window and everybody's have come in. The next step begins there.`;
}

export interface Point {
  /** Market time, epoch ms. */
  at: number;
  score: number;
  step: ScoreStep;
}

/** Steps as the server pages them, newest first, as points in order of time. */
export function scorePoints(steps: readonly ScoreStep[]): Point[] {
  return steps.map((step) => ({ at: Date.parse(step.marketTs), score: step.score.after, step })).reverse();
}

const LIMITS = [0.1, 0.25, 0.5, 1];

/** Scores of a chart reach from −limit to +limit: the smallest of a few that holds them all. */
export function scoreLimit(points: readonly Point[]): number {
  const most = Math.max(0, ...points.flatMap(({ step }) => [Math.abs(step.score.before), Math.abs(step.score.after)]));
  return LIMITS.find((limit) => most <= limit) ?? 1;
}

/** How far down a score lies on a chart of this height. */
export function scoreY(score: number, limit: number, height: number): number {
  return ((limit - score) / (2 * limit)) * height;
}

/** Where each point lies: by order, since sessions leave long gaps in time. */
export function layout(points: readonly Point[], limit: number, width: number, height: number): { x: number; y: number }[] {
  const step = points.length > 0 ? width / points.length : 0;
  return points.map((point, index) => ({ x: (index + 1) * step, y: scoreY(point.score, limit, height) }));
}

/** The line of a score that stays until the next step moves it. */
export function stairs(places: readonly { x: number; y: number }[], startY: number): string {
  let path = `M0,${startY.toFixed(1)}`;
  for (const { x, y } of places) path += `H${x.toFixed(1)}V${y.toFixed(1)}`;
  return path;
}
