import { useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useState, type JSX, type ReactNode } from "react";

import { keys } from "@/shared/api/queries";
import { useTourSteps } from "@/shared/api/tour";
import type { AlertLabel, RiskPreview, RuleMetrics } from "@/shared/api/types";
import { useRealtime, useRealtimeListener, useStreamStatus } from "@/shared/realtime/context";
import { useKeys } from "@/shared/ui/keyboard";

import { FeedbackSender } from "./sender";
import { showProblem, showSaved, showUndone } from "./toasts";
import { gateMoved } from "./words";

const FeedbackContext = createContext<FeedbackSender | null>(null);

export function useFeedback(): FeedbackSender {
  const sender = useContext(FeedbackContext);
  if (sender === null) throw new Error("useFeedback needs a FeedbackProvider around it");
  return sender;
}

interface LabelNote {
  signalId: string;
  label: AlertLabel | null;
}

/** Sends labels, and puts what they change (score, gates, statistics) into place everywhere. */
export function FeedbackProvider({ userId, children }: { userId: string; children: ReactNode }): JSX.Element {
  const client = useRealtime();
  const queries = useQueryClient();
  const status = useStreamStatus();
  const took = useTourSteps();
  const [sender] = useState(
    () =>
      new FeedbackSender(`coach-labels-${userId}`, client.alerts, {
        saved: (result, item, undo) => {
          queries.setQueryData<RuleMetrics[]>(keys.ruleMetrics, (old) =>
            old?.map((row) => (row.ruleId === item.ruleId ? { ...row, ...result.metrics } : row)),
          );
          queries.setQueryData<RiskPreview[]>(keys.riskPreviews, (old) =>
            old?.map((row) =>
              row.ruleId === item.ruleId
                ? { ...row, score: result.score.after, current: result.gates.after }
                : row,
            ),
          );
          void queries.invalidateQueries({ queryKey: keys.ruleScores(item.ruleId) });
          void queries.invalidateQueries({ queryKey: keys.ruleReview(item.ruleId) });
          void queries.invalidateQueries({ queryKey: keys.allRuleAlerts(item.ruleId) });
          client.tell("label", { signalId: item.signalId, label: item.label } satisfies LabelNote);
          if (!item.undone) took("label", ...(gateMoved(result) ? (["gate"] as const) : []));
          if (item.undone) showUndone(result);
          else showSaved(result, undo);
        },
        problem: showProblem,
      }),
  );
  useEffect(() => sender.start(), [sender]);
  useEffect(() => {
    if (status.phase === "open") sender.flush();
  }, [sender, status.phase]);
  useRealtimeListener("note", (topic, body) => {
    if (topic !== "label") return;
    const note = body as LabelNote;
    client.alerts.setLabel(note.signalId, note.label);
    void queries.invalidateQueries({ queryKey: keys.ruleMetrics });
  });
  useKeys({ undo: () => void sender.undo() });
  return <FeedbackContext value={sender}>{children}</FeedbackContext>;
}
