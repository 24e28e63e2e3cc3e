import { Button, Kbd } from "@mantine/core";

import { ApiError } from "@/shared/api/http";
import type { FeedbackResult } from "@/shared/api/types";
import { hideToast, toast } from "@/shared/ui/toast";

import classes from "./feedback.module.css";
import { savedText, undoneText } from "./words";

const ID = "label";

function show(message: React.ReactNode, problem = false): void {
  // One toast for labels: the newest replaces the one before it.
  void toast({
    id: ID,
    message,
    autoClose: 6000,
    withBorder: true,
    color: problem ? "bad" : "accent",
    withCloseButton: true,
    closeButtonProps: { "aria-label": "Close" },
  });
}

export function showSaved(result: FeedbackResult, undo: () => void): void {
  show(
    <span className={classes.toast} data-testid="label-toast">
      {savedText(result)}
      <Button
        size="compact-xs"
        onClick={() => {
          void hideToast(ID);
          undo();
        }}
      >
        Undo <Kbd size="xs">U</Kbd>
      </Button>
    </span>,
  );
}

export function showUndone(result: FeedbackResult): void {
  show(<span data-testid="label-toast">{undoneText(result)}</span>);
}

export function showProblem(error: Error): void {
  const request = error instanceof ApiError && error.requestId !== null ? ` (request ${error.requestId})` : "";
  show(<span role="alert">{`Label not saved: ${error.message}${request}`}</span>, true);
}
