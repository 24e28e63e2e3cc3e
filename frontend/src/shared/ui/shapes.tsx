/** Meaning by shape: health, direction, labels. Colour only repeats what the shape says. */
import type { JSX } from "react";

import classes from "./shapes.module.css";

export type Health = "good" | "fair" | "poor" | "unknown";

export const HEALTH_WORD: Record<Health, string> = {
  good: "good",
  fair: "slow",
  poor: "bad",
  unknown: "no samples",
};

export function HealthShape({ health, size = 10 }: { health: Health; size?: number }): JSX.Element {
  return (
    <svg width={size} height={size} viewBox="0 0 10 10" aria-hidden className={classes[health]}>
      {health === "good" && <circle cx="5" cy="5" r="4.5" />}
      {health === "fair" && <path d="M5 0.5 10 9.5H0Z" />}
      {health === "poor" && <rect x="0.5" y="0.5" width="9" height="9" />}
      {health === "unknown" && <circle cx="5" cy="5" r="3.75" fill="none" stroke="currentColor" strokeWidth="1.5" />}
    </svg>
  );
}

export interface DirectionShapeProps {
  direction: "long" | "short";
  /** Held back: an outline, as on the chart. */
  hollow?: boolean;
  size?: number;
}

export function DirectionShape({ direction, hollow = false, size = 12 }: DirectionShapeProps): JSX.Element {
  const path = direction === "long" ? "M6 1.5 11 10.5H1Z" : "M6 10.5 1 1.5H11Z";
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 12 12"
      aria-hidden
      className={direction === "long" ? classes.up : classes.down}
    >
      <path
        d={path}
        fill={hollow ? "none" : "currentColor"}
        stroke="currentColor"
        strokeWidth="1.4"
        strokeLinejoin="round"
      />
    </svg>
  );
}
