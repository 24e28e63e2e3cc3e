import type { JSX } from "react";

import { exchangeDay, exchangeTime, otherZones, shortDate, type Calendar } from "@/shared/lib/marketTime";

export interface MomentProps {
  /** Epoch ms. */
  ts: number;
  calendar: Calendar;
  /** Its date before it: `Oct 07, 2013` or `Oct 07`. */
  date?: "day" | "short";
  className?: string | undefined;
}

/** A time in the exchange's zone; hovered, the same moment locally and in UTC. */
export function Moment({ ts, calendar, date, className }: MomentProps): JSX.Element {
  const day = date === "day" ? `${exchangeDay(ts, calendar)} ` : date === "short" ? `${shortDate(ts, calendar)} ` : "";
  return (
    <time dateTime={new Date(ts).toISOString()} title={otherZones(ts)} className={className}>
      {day}
      {exchangeTime(ts, calendar)}
    </time>
  );
}
