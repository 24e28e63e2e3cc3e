import { UnstyledButton } from "@mantine/core";
import { IconExclamationCircle, IconStopwatch, IconThumbDown, IconThumbUp } from "@tabler/icons-react";
import { useRef, type ComponentType, type JSX } from "react";

import type { Alert, Label } from "@/shared/api/types";
import { keyCap, type ActionId } from "@/shared/lib/keys";
import { useStore } from "@/shared/lib/store";
import { useBindings, useCardKeys, useKeys } from "@/shared/ui/keyboard";

import classes from "./feedback.module.css";
import { useFeedback } from "./FeedbackProvider";
import { queuedFor } from "./outbox";
import { LABEL_WORD } from "./words";

interface Choice {
  label: Label;
  word: string;
  action: ActionId;
  icon: ComponentType<{ size?: number }>;
}

const ON_ALERT: readonly Choice[] = [
  { label: "good", word: LABEL_WORD.good, action: "labelGood", icon: IconThumbUp },
  { label: "bad", word: LABEL_WORD.bad, action: "labelBad", icon: IconThumbDown },
  { label: "late", word: LABEL_WORD.late, action: "labelLate", icon: IconStopwatch },
  { label: "missed", word: LABEL_WORD.missed, action: "labelMissed", icon: IconExclamationCircle },
];

/** A signal that a gate held back was not sent: there is nothing late about it. */
const ON_HELD_BACK: readonly Choice[] = [
  { label: "missed", word: "Should have been sent", action: "labelMissed", icon: IconExclamationCircle },
  { label: "bad", word: "Rightly held", action: "labelBad", icon: IconThumbDown },
];

export interface SignalFeedbackProps {
  alert: Alert;
  /** The only alert on the page: its keys count wherever the focus is, not in its card alone. */
  alone?: boolean;
  onLabel?: (label: Label) => void;
}

/** One click answers an alert: shown at once, sent once, changed or undone at any time. */
export function SignalFeedback({ alert, alone = false, onLabel }: SignalFeedbackProps): JSX.Element {
  const sender = useFeedback();
  const bindings = useBindings();
  const queued = queuedFor(useStore(sender.outbox), alert.signalId);
  const root = useRef<HTMLDivElement>(null);
  const choices = alert.delivered ? ON_ALERT : ON_HELD_BACK;

  const choose = (label: Label): void => {
    sender.label(alert, label);
    onLabel?.(label);
  };
  const byKey = (label: Label): void => {
    if (choices.some((choice) => choice.label === label)) choose(label);
  };
  const handlers = {
    labelGood: () => byKey("good"),
    labelBad: () => byKey("bad"),
    labelLate: () => byKey("late"),
    labelMissed: () => byKey("missed"),
  };
  useCardKeys(root, alone ? {} : handlers);
  useKeys(alone ? handlers : {});

  return (
    <div ref={root}>
      <div className={classes.choices} role="group" aria-label="Label this alert" data-tour="label">
        {choices.map(({ label, word, action, icon: Icon }) => (
          <UnstyledButton
            key={label}
            className={classes.choice}
            data-label={label}
            aria-pressed={alert.label?.label === label}
            aria-keyshortcuts={bindings[action]}
            onClick={() => choose(label)}
          >
            <Icon size={15} aria-hidden />
            <span>{word}</span>
            <kbd className={classes.key}>{keyCap(bindings[action])}</kbd>
          </UnstyledButton>
        ))}
      </div>
      {queued && (
        <p className={classes.note} role="status">
          {LABEL_WORD[queued.label]} will send
        </p>
      )}
      {!queued && alert.label?.outcomeKnown && <p className={classes.note}>with hindsight</p>}
    </div>
  );
}
