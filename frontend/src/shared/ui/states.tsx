/** The states that every screen has: loading, empty, error. */
import { Button, Skeleton } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { JSX, ReactNode } from "react";

import { ApiError, OfflineError } from "@/shared/api/http";

import classes from "./states.module.css";

export interface EmptyProps {
  /** Why there is nothing, with numbers where there are some. */
  reason: string;
  /** What to do next. */
  action?: ReactNode;
}

export function Empty({ reason, action }: EmptyProps): JSX.Element {
  return (
    <div className={classes.state}>
      <p className={classes.reason}>{reason}</p>
      {action}
    </div>
  );
}

export function ErrorState({ error, retry }: { error: Error; retry?: () => void }): JSX.Element {
  const requestId = error instanceof ApiError ? error.requestId : null;
  const what =
    error instanceof ApiError
      ? error.message
      : error instanceof OfflineError
        ? "The server does not answer."
        : `The page failed: ${error.message}`;
  return (
    <div className={classes.state} role="alert">
      <p className={classes.error}>
        <IconAlertTriangle size={16} aria-hidden /> {what}
      </p>
      {requestId !== null && <p className={classes.request}>Request {requestId}</p>}
      {retry && <Button onClick={retry}>Retry</Button>}
    </div>
  );
}

export interface LoadingProps {
  rows?: number;
  height?: number | "100%";
  label: string;
}

/** Skeletons of the final size, so that nothing jumps when the data arrive. */
export function Loading({ rows = 6, height = 28, label }: LoadingProps): JSX.Element {
  return (
    <div role="status" aria-label={label} className={classes.loading}>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={height} radius="sm" />
      ))}
    </div>
  );
}

interface QueryLike<T> {
  data: T | undefined;
  error: Error | null;
  isPending: boolean;
  refetch: () => unknown;
}

export interface QueryViewProps<T> {
  query: QueryLike<T>;
  loading: ReactNode;
  children: (data: T) => ReactNode;
}

/** Data if there are any (even if the newest poll failed), else the error, else the skeleton. */
export function QueryView<T>({ query, loading, children }: QueryViewProps<T>): JSX.Element {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  return <>{loading}</>;
}
