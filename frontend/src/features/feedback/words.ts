/** How a label's consequence is said (pure). */
import type { FeedbackResult, Label } from "@/shared/api/types";
import { change, gate, number, signedNumber } from "@/shared/lib/format";

export const LABEL_WORD: Record<Label, string> = {
  good: "Good",
  bad: "Bad",
  late: "Late",
  missed: "Missed",
};

function changes({ score, gates }: FeedbackResult): string {
  const [before, after] = [gates.before.minConfidence * 100, gates.after.minConfidence * 100];
  return `Score ${moved(score.before, score.after, signedNumber)}, gate ${moved(before, after, number, 1)}.`;
}

/** "−0.08 → −0.09", or "stays −0.08". */
function moved(before: number, after: number, write: (value: number, digits: number) => string, digits?: number): string {
  return `${before === after ? "stays " : ""}${change(before, after, write, digits)}`;
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
