import type { JSX } from "react";

import classes from "./rateBar.module.css";

export interface RateBarProps {
  value: number | null;
  low: number | null;
  high: number | null;
  /** What the rate is held against: the tick. */
  breakEven: number;
}

/** A rate's interval on 0–100 % with a tick to compare it with; the numbers stand beside it. */
export function RateBar({ value, low, high, breakEven }: RateBarProps): JSX.Element | null {
  if (value === null || low === null || high === null) return null;
  return (
    <svg viewBox="0 0 100 10" className={classes.bar} preserveAspectRatio="none" aria-hidden>
      <rect x="0" y="4" width="100" height="2" className={classes.track} />
      <rect x={low * 100} y="3" width={(high - low) * 100} height="4" className={classes.interval} />
      <rect x={value * 100 - 1} y="1" width="2" height="8" className={classes.point} />
      <rect x={breakEven * 100 - 0.75} y="0" width="1.5" height="10" className={classes.breakEven} />
    </svg>
  );
}
