/** What happened in a window, cell by cell: each digit of a column under the one above it. */
import type { JSX } from "react";

import type { RuleWindow } from "@/shared/api/types";
import { bounds, count, FEW, percent, r } from "@/shared/lib/format";
import { RateBar } from "@/shared/ui/RateBar";

import { BREAK_EVEN, held } from "./model";
import classes from "./rules.module.css";

export const SIGNAL_HEADS = ["Sent", "Held"] as const;
export const OUTCOME_HEADS = ["n", "Hit rate", "95 %", "Expectancy"] as const;
export const LABEL_HEADS = ["Good", "Bad", "Late", "Missed"] as const;

interface CellsProps {
  window: RuleWindow;
}

export function SignalCells({ window }: CellsProps): JSX.Element {
  return (
    <>
      <td>{count(window.actionable)}</td>
      <td>{count(held(window))}</td>
    </>
  );
}

/** Below 20 outcomes the rates give way to one word. */
export function OutcomeCells({ window, bar }: CellsProps & { bar: boolean }): JSX.Element {
  const { matured, hitRate, hitRateLow, hitRateHigh, expectancy } = window;
  if (matured > 0 && matured < FEW) {
    return (
      <>
        <td>{count(matured)}</td>
        <td colSpan={OUTCOME_HEADS.length - 1} className={classes.few}>
          too few
        </td>
      </>
    );
  }
  return (
    <>
      <td>{count(matured)}</td>
      <td>
        <span className={classes.hit}>
          {bar && <RateBar value={hitRate} low={hitRateLow} high={hitRateHigh} breakEven={BREAK_EVEN} />}
          {percent(hitRate)}
        </span>
      </td>
      <td className={classes.bounds}>{bounds(hitRateLow, hitRateHigh)}</td>
      <td>{r(expectancy)}</td>
    </>
  );
}

export function LabelCells({ window }: CellsProps): JSX.Element {
  return (
    <>
      <td>{count(window.good)}</td>
      <td>{count(window.bad)}</td>
      <td>{count(window.late)}</td>
      <td>{count(window.missed)}</td>
    </>
  );
}
