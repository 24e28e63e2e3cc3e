import type { JSX } from "react";

import { NoteButton } from "@/features/feedback/NoteButton";
import { SignalFeedback } from "@/features/feedback/SignalFeedback";
import { LivePage, type LiveSlots } from "@/features/live/LivePage";

const SLOTS: LiveSlots = {
  feedback: (alert) => <SignalFeedback alert={alert} />,
  note: (alert) => <NoteButton alert={alert} />,
};

export default function Live(): JSX.Element {
  return <LivePage slots={SLOTS} />;
}
