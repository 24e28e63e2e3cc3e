import type { JSX } from "react";

import type { Calendar } from "@/shared/api/types";
import { ago, plural } from "@/shared/lib/format";
import { timeOfDay } from "@/shared/lib/marketTime";
import { useNow } from "@/shared/lib/useNow";
import { useRealtime, useStreamStatus } from "@/shared/realtime/context";

import classes from "./live.module.css";
import { useStaleMs } from "./session";

/** How long the line may be gone before the page says so. */
const PATIENCE_MS = 2_000;
const RECOVERED_MS = 6_000;

export function useDisconnected(): boolean {
  const { lostAt } = useStreamStatus();
  const now = useNow(500);
  return lostAt !== null && now - lostAt >= PATIENCE_MS;
}

/** One line above the chart, only when something is wrong or was just put right. */
export function StatusStrip({ calendar }: { calendar: Calendar }): JSX.Element | null {
  const client = useRealtime();
  const { phase, recovery } = useStreamStatus();
  const disconnected = useDisconnected();
  const staleMs = useStaleMs();
  const now = useNow(500);
  if (phase === "refused") {
    return (
      <p className={classes.strip} data-kind="bad" role="status">
        The session has ended. <a href="/">Log in again</a>
      </p>
    );
  }
  if (disconnected) {
    const bar = client.lastBarTs === null ? "" : `, last bar ${timeOfDay(client.lastBarTs, calendar)}`;
    const since = client.lastMarketAt === null ? "" : `, ${ago(now - client.lastMarketAt)} ago`;
    return (
      <p className={classes.strip} data-kind="warn" role="status" data-testid="reconnecting">
        Reconnecting{bar}
        {since}
      </p>
    );
  }
  const stale = staleMs();
  if (stale !== null) {
    return (
      <p className={classes.strip} data-kind="warn" role="status" data-testid="stale">
        Stale {ago(stale)}: no bar since. Prices and R are hidden.
      </p>
    );
  }
  const filled = recovery !== null && recovery.bars + recovery.alerts > 0;
  if (filled && now - recovery.endedAt < RECOVERED_MS) {
    const took = ago(recovery.endedAt - recovery.startedAt);
    return (
      <p className={classes.strip} data-kind="ok" role="status" data-testid="recovered">
        Filled {plural(recovery.bars, "bar")}, {plural(recovery.alerts, "alert")} in {took}
      </p>
    );
  }
  return null;
}
