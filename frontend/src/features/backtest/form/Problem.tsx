import { Button } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { JSX } from "react";

import { ApiError, isFinal, OfflineError } from "@/shared/api/http";
import { clock } from "@/shared/lib/format";

import classes from "./form.module.css";

/** What went wrong with a request: the fields and reasons, the request's id, and another try. */
export function Problem({ error, retry }: { error: Error; retry?: () => void }): JSX.Element {
  const lines = error instanceof ApiError ? error.errors.map((item) => (item.attr ? `${item.attr}: ${item.detail}` : item.detail)) : [said(error)];
  const wait = error instanceof ApiError ? error.retryAfterMs : null;
  return (
    <div className={classes.alert} role="alert">
      {lines.map((line) => (
        <p key={line}>
          <IconAlertTriangle size={14} aria-hidden /> {line}
        </p>
      ))}
      {wait !== null && <p>Try again in {clock(wait)}.</p>}
      {error instanceof ApiError && error.requestId !== null && <small>Request {error.requestId}</small>}
      {retry && !isFinal(error) && (
        <Button onClick={retry} mt={4}>
          Retry
        </Button>
      )}
    </div>
  );
}

function said(error: Error): string {
  return error instanceof OfflineError ? "The server does not answer." : error.message;
}
