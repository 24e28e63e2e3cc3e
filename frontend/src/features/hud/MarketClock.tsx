import { Tooltip } from "@mantine/core";
import { useCallback, useEffect, useRef, type JSX } from "react";

import type { Calendar, SessionState } from "@/shared/api/types";
import { countdown, DASH } from "@/shared/lib/format";
import { exchangeDay, exchangeTime, otherZones, weekdayTime } from "@/shared/lib/marketTime";
import { every } from "@/shared/lib/ticker";
import { useNow } from "@/shared/lib/useNow";
import { useRealtime } from "@/shared/realtime/context";
import { LiveText } from "@/shared/ui/LiveText";

import classes from "./hud.module.css";

export interface MarketClockProps {
  calendar: Calendar;
  session: SessionState | undefined;
  /** What the server last said, until the first bar comes. */
  marketTime: string | null;
}

/** Market time in milliseconds; null until anybody knows it. */
type ReadTime = () => number | null;

/** Market time in the exchange's zone, and whether its session is open. Its text is written past React. */
export function MarketClock({ calendar, session, marketTime }: MarketClockProps): JSX.Element {
  const { market } = useRealtime();
  const read = useCallback(
    () => market.marketNow ?? (marketTime === null ? null : Date.parse(marketTime)),
    [market, marketTime],
  );
  return (
    <Tooltip label={<OtherZones read={read} calendar={calendar} />}>
      <span className={classes.clock} data-testid="market-clock">
        <SessionWord session={session} calendar={calendar} read={read} />
        <Time read={read} calendar={calendar} />
      </span>
    </Tooltip>
  );
}

/** The same moment elsewhere. Only there while somebody looks: to print it takes longer than all else here. */
function OtherZones({ read, calendar }: { read: ReadTime; calendar: Calendar }): JSX.Element {
  useNow(1_000);
  const now = read();
  return <>{now === null ? DASH : `${exchangeDay(now, calendar)} · ${otherZones(now)}`}</>;
}

function Time({ read, calendar }: { read: ReadTime; calendar: Calendar }): JSX.Element {
  const element = useRef<HTMLTimeElement>(null);
  useEffect(() => {
    const write = (): void => {
      const now = read();
      const text = now === null ? DASH : exchangeTime(now, calendar);
      if (element.current === null || element.current.textContent === text) return;
      element.current.textContent = text;
      if (now !== null) element.current.dateTime = new Date(now).toISOString();
    };
    write();
    return every(250, write);
  }, [read, calendar]);
  return <time ref={element} />;
}

interface SessionWordProps {
  session: SessionState | undefined;
  calendar: Calendar;
  read: ReadTime;
}

function SessionWord({ session, calendar, read }: SessionWordProps): JSX.Element {
  if (session === undefined) return <span className={classes.faint}>Session {DASH}</span>;
  if (session.open) return <span className={classes.open}>Open</span>;
  if (session.opensAt === null) return <span className={classes.faint}>Closed</span>;
  const opens = Date.parse(session.opensAt);
  const left = (): string => {
    const now = read();
    return `Opens ${weekdayTime(opens, calendar)}${now === null ? "" : `, ${countdown(opens - now)}`}`;
  };
  return <LiveText className={classes.faint} read={left} />;
}
