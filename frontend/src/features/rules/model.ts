/** What the Rules screen makes of a rule's figures (pure). */
import type { HeldByGate, Label, MatrixRow, RuleWindow, ScoreStep } from "@/shared/api/types";
import { FEW, gate, MINUS, r } from "@/shared/lib/format";

/** The server's sentence with confidence from 0 to 100 and a true minus, as everywhere on the page. */
export function reasonWords(reason: string): string {
  return reason
    .replace(/\b(confidence from|base) (\d\.\d+)/g, (_, words: string, value: string) => `${words} ${gate(Number(value))}`)
    .replace(/([ (])-(?=\d)/g, `$1${MINUS}`);
}

/** Hit rate at which 1.5 : 1 with 0.05 R of cost earns nothing. */
export const BREAK_EVEN = 0.42;

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

const GATE_NAMES: Record<string, string> = {
  manual_lock: "Your lock",
  killed: "Killed",
  stale_data: "Stale data",
  session: "Outside the session",
  daily_loss: "Daily loss",
  loss_streak: "Loss streak",
  confidence: "Confidence",
  expected_value: "Expected value",
  cooldown: "Cooldown",
  alerts_per_hour: "Alerts an hour",
  budget: "Alert budget",
  rule_off: "Rule off",
  rule_muted: "Rule muted",
};

export function gateName(reasonCode: string): string {
  return GATE_NAMES[reasonCode] ?? reasonCode;
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

/** "−0.08 → −0.09": two decimals, or as many as it takes to tell both sides apart. */
export function change(before: number, after: number, write: (value: number, digits: number) => string, digits = 2): string {
  for (let more = digits; more < digits + 4; more += 1) {
    const [from, to] = [write(before, more), write(after, more)];
    if (from !== to) return `${from} → ${to}`;
  }
  return write(after, digits);
}

/** The line of a score that stays until the next step moves it. */
export function stairs(places: readonly { x: number; y: number }[], startY: number): string {
  let path = `M0,${startY.toFixed(1)}`;
  for (const { x, y } of places) path += `H${x.toFixed(1)}V${y.toFixed(1)}`;
  return path;
}
