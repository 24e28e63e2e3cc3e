import { Button } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { JSX } from "react";

import { ApiError, isFinal, OfflineError } from "@/shared/api/http";
import { clock } from "@/shared/lib/format";

import classes from "./problem.module.css";

/** What went wrong with a request: the fields and reasons, the request's id, and another try. */
export interface ProblemProps {
  error: Error;
  retry?: () => void;
  /** What did not come about, before the reasons: "Not saved". */
  what?: string;
  /** What the page calls the API's fields. */
  names?: Readonly<Record<string, string>>;
}

export function Problem({ error, retry, what, names = {} }: ProblemProps): JSX.Element {
  const lines = error instanceof ApiError ? error.errors.map((item) => (item.attr ? `${nameOf(item.attr, names)}: ${item.detail}` : item.detail)) : [said(error)];
  const wait = error instanceof ApiError ? error.retryAfterMs : null;
  return (
    <div className={classes.problem} role="alert">
      {lines.map((line) => (
        <p key={line}>
          <IconAlertTriangle size={14} aria-hidden /> {what === undefined ? line : `${what}: ${line}`}
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

/** `tags.0` is one of the tags. */
function nameOf(attr: string, names: Readonly<Record<string, string>>): string {
  return names[attr] ?? names[attr.split(".")[0] ?? attr] ?? attr;
}

function said(error: Error): string {
  return error instanceof OfflineError ? "The server does not answer." : error.message;
}
