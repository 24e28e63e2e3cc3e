import { Tooltip } from "@mantine/core";
import type { JSX } from "react";

import { useJournalStats, useRiskPolicy } from "@/shared/api/queries";
import { DASH, plural, r } from "@/shared/lib/format";

import classes from "./hud.module.css";

/** The day's R of taken trades against the limit that would lock. */
export function DayRisk(): JSX.Element {
  const stats = useJournalStats();
  const policy = useRiskPolicy();
  const limit = policy.data?.dailyLossR ?? null;
  const dayR = stats.data?.dayR ?? null;
  const trades = stats.data?.dayTrades ?? 0;
  const near = dayR !== null && limit !== null && dayR <= -0.75 * limit;
  return (
    <Tooltip label={`Taken trades only: ${plural(trades, "trade")} today`}>
      <span className={classes.day} data-near={near || undefined} data-testid="day-risk">
        <span className={classes.faint}>Day</span> <b>{dayR === null ? DASH : r(dayR)}</b>
        <span className={classes.faint}>{limit === null ? "no limit" : `limit ${r(-limit)}`}</span>
      </span>
    </Tooltip>
  );
}
