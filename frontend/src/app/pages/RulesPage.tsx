import type { JSX } from "react";

import { SignalFeedback } from "@/features/feedback/SignalFeedback";
import { RulesPage } from "@/features/rules/RulesPage";

export default function Rules(): JSX.Element {
  return <RulesPage feedback={(alert) => <SignalFeedback alert={alert} />} />;
}
