import type { JSX } from "react";

import { DASH } from "@/shared/lib/format";

import classes from "./killRate.module.css";

export interface KillRateProps {
  killed: number | null | undefined;
  of: number | null | undefined;
  /** Share that a case must reach; the tick. */
  required: number;
  /** One of several cases that notice together: less than required is then no fault of its own. */
  together?: boolean;
}

/** How many of the planted faults a golden case notices: `12 of 15 (80 %)`, with the required share as a tick. */
export function KillRate({ killed, of, required, together = false }: KillRateProps): JSX.Element {
  if (killed === null || killed === undefined || !of) return <>{DASH}</>;
  const share = killed / of;
  const verdict = share >= required ? "enough" : together ? "part" : "weak";
  return (
    <span className={classes.rate}>
      <svg viewBox="0 0 100 10" className={classes.bar} preserveAspectRatio="none" aria-hidden>
        <rect x="0" y="3" width="100" height="4" className={classes.track} />
        <rect x="0" y="3" width={share * 100} height="4" className={classes.killed} data-verdict={verdict} />
        <rect x={required * 100 - 0.75} y="0" width="1.5" height="10" className={classes.tick} />
      </svg>
      {killed} of {of} ({(share * 100).toFixed(0)} %)
    </span>
  );
}
