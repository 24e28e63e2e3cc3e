/** What a new trader should have done once, in the order in which it makes sense (pure). */
import type { TourStep } from "@/shared/api/tour";

export interface StepWords {
  id: TourStep;
  title: string;
  text: string;
  /** Where it is done: the beacon stands there. */
  target: string;
}

export const STEPS: readonly StepWords[] = [
  {
    id: "label",
    title: "Label an alert",
    text: "Say what the open alert was worth: keys 1 to 4. U takes it back.",
    target: "article[data-open] [data-tour=label]",
  },
  {
    id: "gate",
    title: "See the gate move",
    text: "A label moves the rule's score, and with it the confidence that its next alert needs.",
    target: "article[data-open] [data-testid=gate-now]",
  },
  {
    id: "preset",
    title: "Run a preset",
    text: "Backtest, then one of the presets: the evaluator that runs live goes over the past.",
    target: "a[href='/backtest']",
  },
  {
    id: "promote",
    title: "Promote it",
    text: "A run worth keeping becomes a golden case, which every later change is held against.",
    target: "[data-tour=promote]",
  },
  {
    id: "interrupt",
    title: "Interrupt the voice",
    text: "Switch the voice on, and cut in with Esc while it speaks.",
    target: "[data-testid=voice]",
  },
];
