/** How a label's consequence is said (pure). */
import type { FeedbackResult, Label } from "@/shared/api/types";
import { gate, signedNumber } from "@/shared/lib/format";

export const LABEL_WORD: Record<Label, string> = {
  good: "Good",
  bad: "Bad",
  late: "Late",
  missed: "Missed",
};

function changes(result: FeedbackResult): string {
  const score = `Score ${signedNumber(result.score.before)} → ${signedNumber(result.score.after)}`;
  const gates = `gate ${gate(result.gates.before.minConfidence)} → ${gate(result.gates.after.minConfidence)}`;
  return `${score}, ${gates}.`;
}

/** Whether the label changed the gate by something that can be seen. */
export function gateMoved({ gates }: FeedbackResult): boolean {
  return gate(gates.before.minConfidence) !== gate(gates.after.minConfidence);
}

/** "Bad saved. Score −0.13 → −0.21, gate 61.3 → 62.1." */
export function savedText(result: FeedbackResult): string {
  const word = result.label === null ? "Label" : LABEL_WORD[result.label];
  const hindsight = result.outcomeKnown ? ", with hindsight" : "";
  return `${word} saved${hindsight}. ${changes(result)}`;
}

export function undoneText(result: FeedbackResult): string {
  const now = result.label === null ? "no label" : LABEL_WORD[result.label];
  return `Undone, now ${now}. ${changes(result)}`;
}
