import type { JSX } from "react";

import type { Indicator } from "./chartSeries";
import classes from "./lineLegend.module.css";

const NAME: Record<Indicator, string> = { ema20: "EMA20", ema50: "EMA50", vwap: "VWAP" };

/** The lines of a chart, each with a sample as it is drawn. */
export function LineLegend({ lines }: { lines: readonly Indicator[] }): JSX.Element {
  return (
    <>
      {lines.map((name) => (
        <span key={name} className={classes.line} data-line={name}>
          {NAME[name]}
        </span>
      ))}
    </>
  );
}
