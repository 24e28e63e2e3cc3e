import type { JSX } from "react";

import { signedNumber } from "@/shared/lib/format";

import classes from "./rules.module.css";

/** −1 … +1 from the middle; the number beside it says the same. */
export function ScoreBar({ score }: { score: number }): JSX.Element {
  const width = Math.abs(score) * 50;
  return (
    <span className={classes.score}>
      <svg viewBox="0 0 100 10" className={classes.scoreBar} preserveAspectRatio="none" aria-hidden>
        <rect x="0" y="3" width="100" height="4" className={classes.track} />
        <rect x={score < 0 ? 50 - width : 50} y="3" width={width} height="4" className={score < 0 ? classes.negative : classes.positive} />
        <rect x="49.5" y="0" width="1" height="10" className={classes.middle} />
      </svg>
      <span className={classes.scoreValue}>{signedNumber(score)}</span>
    </span>
  );
}

/** A hit rate's interval on 0–100 % with the break-even tick. */
export function RateBar({ low, high, value, breakEven }: { low: number; high: number; value: number; breakEven: number }): JSX.Element {
  return (
    <svg viewBox="0 0 100 10" className={classes.rateBar} preserveAspectRatio="none" aria-hidden>
      <rect x="0" y="4" width="100" height="2" className={classes.track} />
      <rect x={low * 100} y="3" width={(high - low) * 100} height="4" className={classes.interval} />
      <rect x={value * 100 - 1} y="1" width="2" height="8" className={classes.point} />
      <rect x={breakEven * 100 - 0.5} y="0" width="1" height="10" className={classes.breakEven} />
    </svg>
  );
}

/** The score over its last steps, oldest left. */
export function Sparkline({ values }: { values: readonly number[] }): JSX.Element | null {
  if (values.length < 2) return null;
  const x = (index: number): number => (index / (values.length - 1)) * 80;
  const y = (value: number): number => 10 - value * 9;
  const points = values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  return (
    <svg viewBox="0 0 80 20" className={classes.spark} aria-hidden>
      <line x1="0" x2="80" y1="10" y2="10" className={classes.zero} />
      <polyline points={points} />
    </svg>
  );
}
