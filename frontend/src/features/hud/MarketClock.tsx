import { Tooltip } from "@mantine/core";
import type { JSX } from "react";

import type { Calendar, SessionState } from "@/shared/api/types";
import { countdown, DASH } from "@/shared/lib/format";
import { exchangeDay, exchangeTime, otherZones, weekdayTime } from "@/shared/lib/marketTime";
import { useNow } from "@/shared/lib/useNow";
import { useRealtime } from "@/shared/realtime/context";

import classes from "./hud.module.css";

export interface MarketClockProps {
  calendar: Calendar;
  session: SessionState | undefined;
  /** What the server last said, until the first bar comes. */
  marketTime: string | null;
}

/** Market time in the exchange's zone, and whether its session is open. */
export function MarketClock({ calendar, session, marketTime }: MarketClockProps): JSX.Element {
  const { market } = useRealtime();
  useNow(250);
  const now = market.marketNow ?? (marketTime === null ? null : Date.parse(marketTime));
  if (now === null) return <span className={classes.clock}>{DASH}</span>;
  return (
    <Tooltip label={`${exchangeDay(now, calendar)} · ${otherZones(now)}`}>
      <span className={classes.clock} data-testid="market-clock">
        <SessionWord session={session} calendar={calendar} now={now} />
        <time dateTime={new Date(now).toISOString()}>{exchangeTime(now, calendar)}</time>
      </span>
    </Tooltip>
  );
}

function SessionWord({ session, calendar, now }: { session: SessionState | undefined; calendar: Calendar; now: number }): JSX.Element {
  if (session === undefined) return <span className={classes.faint}>Session {DASH}</span>;
  if (session.open) return <span className={classes.open}>Open</span>;
  if (session.opensAt === null) return <span className={classes.faint}>Closed</span>;
  const opens = Date.parse(session.opensAt);
  return (
    <span className={classes.faint}>
      Opens {weekdayTime(opens, calendar)}, {countdown(opens - now)}
    </span>
  );
}
