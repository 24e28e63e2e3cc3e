import type { JSX } from "react";

import type { GateNumbers } from "@/shared/api/types";
import { gate } from "@/shared/lib/format";

import { gateLimit } from "./model";
import classes from "./rules.module.css";

interface GateValueProps {
  from: GateNumbers;
  to: GateNumbers;
  /** What the gate stands at: it moves no further than a score of ±0.30 takes it. */
  score: number;
}

/** `60.0 → 63.0 max`: the gate before and after; whether it has a limit or not, its digits keep their column. */
export function GateValue({ from, to, score }: GateValueProps): JSX.Element {
  const limit = gateLimit(score);
  const [before, after] = [gate(from.minConfidence), gate(to.minConfidence)];
  return (
    <span className={classes.gate}>
      <span>
        {before !== after && `${before} → `}
        <b>{after}</b>
      </span>
      <span className={classes.limit}>{limit !== null && ` ${limit}`}</span>
    </span>
  );
}
