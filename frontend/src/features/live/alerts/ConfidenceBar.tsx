import type { JSX } from "react";

import { confidence as confidenceText, gate as gateText } from "@/shared/lib/format";

import classes from "./card.module.css";

export interface ConfidenceBarProps {
  value: number;
  /** The gate in [0, 1] that was asked for, if one was. */
  gate: number | null;
}

/** 0 to 100 without %: a ranking. The tick is the gate. */
export function ConfidenceBar({ value, gate }: ConfidenceBarProps): JSX.Element {
  const label = `Confidence ${confidenceText(value)} of 100${gate === null ? "" : `, gate ${gateText(gate)}`}`;
  return (
    <svg className={classes.bar} role="img" aria-label={label} viewBox="0 0 100 8" preserveAspectRatio="none">
      <rect x="0" y="2" width="100" height="4" className={classes.barTrack} />
      <rect x="0" y="2" width={value * 100} height="4" className={classes.barFill} />
      {gate !== null && <rect x={gate * 100 - 0.4} y="0" width="0.8" height="8" className={classes.barTick} />}
    </svg>
  );
}
