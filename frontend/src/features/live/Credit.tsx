import type { JSX } from "react";

import classes from "./live.module.css";

/** The chart library's licence asks for this link. */
export function Credit(): JSX.Element {
  return (
    <a className={classes.credit} href="https://www.tradingview.com/" target="_blank" rel="noreferrer">
      Charts by TradingView
    </a>
  );
}
