/** The card's sentences, with numbers (pure). */
import type { Alert, RuleWindow } from "@/shared/api/types";
import { confidence, expectancy, gate, signedNumber } from "@/shared/lib/format";
import { reasonWords } from "@/shared/lib/reason";

export function weekWords(week: RuleWindow | undefined): string {
  return week === undefined ? "7 days –" : `7 days ${expectancy(week.expectancy, week.matured)}`;
}

/** Its bars were corrected after it fired: does it stand on them? Empty where nothing was. */
export function revisionWords(revision: Alert["revision"]): string {
  if (revision === null) return "";
  return revision === "would_fire" ? "Bar revised: would still fire" : "Bar revised: would not fire";
}

const value = (alert: Alert, name: string): number | null => alert.numbers[name] ?? null;

/** The confidence gate that decided, in [0, 1]; null where another gate did and no number came. */
export function gateOf(alert: Alert): number | null {
  return value(alert, "minConfidence");
}

/**
 * "Confidence 84 ≥ gate 61.3 (base 60.0, score −0.13)"; what else held it back in the server's own
 * words.
 */
export function gateSentence(alert: Alert): string {
  const limit = gateOf(alert);
  const byConfidence = alert.delivered || alert.reasonCode === "confidence";
  if (limit === null || !byConfidence) return sentence(reasonWords(alert.reason));
  const sign = alert.confidence >= limit ? "≥" : "<";
  const base = value(alert, "base");
  const score = value(alert, "score");
  const because = base === null || score === null ? "" : ` (base ${gate(base)}, score ${signedNumber(score)})`;
  return `Confidence ${exact(alert.confidence, limit)} ${sign} gate ${gate(limit)}${because}`;
}

/** The same for one line: without how its numbers came about. */
export function shortGate(alert: Alert): string {
  return gateSentence(alert).replace(/ \([^()]*\)$/, "");
}

/** Whole points, or as many decimals as it takes to tell it from the gate. */
function exact(own: number, limit: number): string {
  const whole = confidence(own);
  return Math.abs(own - limit) * 100 < 1 ? gate(own) : whole;
}

function sentence(text: string): string {
  return text === "" ? "" : text.charAt(0).toUpperCase() + text.slice(1);
}
