import { useQuery } from "@tanstack/react-query";
import type { JSX } from "react";

import { api } from "@/shared/api/endpoints";
import { keys } from "@/shared/api/queries";
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

/** The score over its last steps, oldest left. */
function Sparkline({ values }: { values: readonly number[] }): JSX.Element {
  const x = (index: number): number => (index / Math.max(1, values.length - 1)) * 80;
  const y = (value: number): number => 10 - value * 9;
  const points = values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  return (
    <svg viewBox="0 0 80 20" className={classes.spark} aria-hidden>
      <line x1="0" x2="80" y1="10" y2="10" className={classes.zero} />
      {values.length > 1 && <polyline points={points} />}
    </svg>
  );
}

/** How a rule's score went lately; its place is kept until that is known. */
export function Lately({ ruleId }: { ruleId: string }): JSX.Element {
  const scores = useQuery({ queryKey: keys.ruleScores(ruleId), queryFn: () => api.ruleScores(ruleId) });
  const steps = scores.data?.results ?? [];
  return <Sparkline values={steps.map((step) => step.score.after).reverse()} />;
}
