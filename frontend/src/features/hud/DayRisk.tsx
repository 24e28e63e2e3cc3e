import { Tooltip } from "@mantine/core";
import type { JSX } from "react";

import { useToday } from "@/shared/api/journal";
import { useRiskPolicy } from "@/shared/api/queries";
import { DASH, plural, r } from "@/shared/lib/format";

import classes from "./hud.module.css";

/** From three quarters of the limit on it says so. */
const NEAR = 0.75;

/** The day's R of taken trades against the limit that locks. */
export function DayRisk(): JSX.Element {
  const today = useToday().data;
  const limit = useRiskPolicy().data?.dailyLossR ?? null;
  const near = today !== undefined && limit !== null && today.r <= -NEAR * limit;
  const words = today
    ? `Trades you took: ${plural(today.trades, "trade")} closed today, ${today.open} open. Alerts you did not take do not count.`
    : "The journal does not answer.";
  return (
    <Tooltip label={words} multiline w={260}>
      <span className={classes.day} data-near={near || undefined} data-testid="day-risk" role="group" aria-label={`Day risk. ${words}`}>
        <span className={classes.faint}>Day</span> <b>{today === undefined ? DASH : r(today.r)}</b>
        <span className={classes.faint}>
          {near && "near "}
          {limit === null ? "no limit" : `limit ${r(-limit)}`}
        </span>
      </span>
    </Tooltip>
  );
}
