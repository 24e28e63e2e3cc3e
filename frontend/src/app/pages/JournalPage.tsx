import type { JSX } from "react";

import { SignalFeedback } from "@/features/feedback/SignalFeedback";
import { JournalPage, type JournalSlots } from "@/features/journal/JournalPage";

const SLOTS: JournalSlots = {
  feedback: (alert, onLabel) => <SignalFeedback alert={alert} onLabel={onLabel} alone />,
};

export default function Journal(): JSX.Element {
  return <JournalPage slots={SLOTS} />;
}
