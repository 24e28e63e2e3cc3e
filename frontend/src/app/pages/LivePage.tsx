import type { JSX } from "react";

import { NoteButton } from "@/features/feedback/NoteButton";
import { SignalFeedback } from "@/features/feedback/SignalFeedback";
import { LivePage, type LiveSlots } from "@/features/live/LivePage";

import { PAGE_ROUTES } from "../pages";

const SLOTS: LiveSlots = {
  feedback: (alert) => <SignalFeedback alert={alert} />,
  reviewPath: PAGE_ROUTES.find((route) => route.path === "/journal")?.path,
  note: (alert) => <NoteButton alert={alert} />,
};

export default function Live(): JSX.Element {
  return <LivePage slots={SLOTS} />;
}
