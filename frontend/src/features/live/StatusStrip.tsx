import { Button } from "@mantine/core";
import { useCallback, useSyncExternalStore, type JSX } from "react";
import { Link } from "react-router";

import { useControlReplay, useReplay } from "@/shared/api/queries";
import type { Calendar } from "@/shared/api/types";
import { ago, countdown, plural } from "@/shared/lib/format";
import { timeOfDay, weekdayTime } from "@/shared/lib/marketTime";
import { every } from "@/shared/lib/ticker";
import { useNow } from "@/shared/lib/useNow";
import { useRealtime, useStreamStatus } from "@/shared/realtime/context";

import { closedWords } from "./closed";
import classes from "./live.module.css";
import { useStaleMs } from "./session";

/** How long the line may be gone before the page says so. */
const PATIENCE_MS = 2_000;
const RECOVERED_MS = 6_000;

/** Whether the line has been gone for too long. Renders its page again when that changes, not to see whether. */
export function useDisconnected(): boolean {
  const { status } = useRealtime();
  const subscribe = useCallback(
    (changed: () => void) => {
      const ends = [status.subscribe(changed), every(500, changed)];
      return () => ends.forEach((end) => end());
    },
    [status],
  );
  return useSyncExternalStore(subscribe, () => {
    const { lostAt } = status.get();
    return lostAt !== null && performance.now() - lostAt >= PATIENCE_MS;
  });
}

/** One line above the chart, only when something is wrong or was just put right. */
export interface StatusStripProps {
  calendar: Calendar;
  reviewPath: string | undefined;
  /** Shows the session's figures on this page: where there is no page of their own. */
  reviewDay: () => void;
}

export function StatusStrip({ calendar, reviewPath, reviewDay }: StatusStripProps): JSX.Element | null {
  const client = useRealtime();
  const { phase, recovery } = useStreamStatus();
  const disconnected = useDisconnected();
  const staleMs = useStaleMs();
  const trouble = useReplay().data?.feed.trouble;
  const now = useNow(500);
  if (phase === "refused") {
    return (
      <p className={classes.strip} data-kind="bad" role="status">
        The session has ended. <a href="/">Log in again</a>
      </p>
    );
  }
  if (disconnected) {
    // Up to where the screen knows the market, a bar that still forms included.
    const known = client.market.marketNow;
    const bar = known === null ? "" : `, last bar ${timeOfDay(known, calendar)}`;
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
      <p className={classes.strip} data-kind="warn" role="status" data-testid="stale" title={trouble ?? undefined}>
        Stale: nothing from the market for {ago(stale)}. Prices and R are hidden.
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
  return <Closed calendar={calendar} reviewPath={reviewPath} reviewDay={reviewDay} />;
}

/** Nothing trades: when it will, and what the time is good for. */
function Closed({ calendar, reviewPath, reviewDay }: StatusStripProps): JSX.Element | null {
  const { market } = useRealtime();
  const replay = useReplay().data;
  const control = useControlReplay();
  const session = replay?.sessions[calendar];
  if (replay === undefined || session === undefined || session.open) return null;
  const now = market.marketNow ?? (replay.marketTime === null ? null : Date.parse(replay.marketTime));
  const opens = session.opensAt === null ? null : Date.parse(session.opensAt);
  return (
    <div className={classes.strip} data-kind="closed" data-testid="closed">
      <span>
        {now === null || opens === null ? "Closed" : closedWords(now, opens, calendar)}. {opens !== null && `Opens ${weekdayTime(opens, calendar)}${now === null ? "" : `, ${countdown(opens - now)}`}. `}
        Last session shown.
      </span>
      {reviewPath === undefined ? (
        <Button size="compact-xs" onClick={reviewDay}>
          Review day
        </Button>
      ) : (
        <Button size="compact-xs" component={Link} to={reviewPath}>
          Review day
        </Button>
      )}
      {replay.controllable && (
        <Button size="compact-xs" loading={control.isPending} onClick={() => control.mutate({ action: "restart" })}>
          Replay session
        </Button>
      )}
      {control.error && <span role="alert">{control.error.message}</span>}
    </div>
  );
}
