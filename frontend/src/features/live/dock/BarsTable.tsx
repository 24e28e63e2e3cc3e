import { VisuallyHidden } from "@mantine/core";
import { useEffect, useReducer, type JSX } from "react";

import type { Instrument } from "@/shared/api/types";
import { price, volume } from "@/shared/lib/format";
import { useRealtime } from "@/shared/realtime/context";
import { Moment } from "@/shared/ui/Moment";
import { Empty } from "@/shared/ui/states";

import classes from "./dock.module.css";

const ROWS = 60;

/** The chart as a table, newest first: what a screen reader reads instead of the canvas. */
export function BarsTable({ instrument }: { instrument: Instrument }): JSX.Element {
  const { market } = useRealtime();
  const [, renew] = useReducer((count: number) => count + 1, 0);
  const { symbol, tickSize, calendar } = instrument;
  useEffect(
    () =>
      market.subscribe(symbol, (change) => {
        if (change.kind !== "forming") renew();
      }),
    [market, symbol],
  );
  const bars = market.get(symbol).bars.slice(-ROWS).reverse();
  if (bars.length === 0) return <Empty reason={`No bars of ${symbol} yet.`} />;
  const p = (value: number | null): string => price(value, tickSize);
  return (
    <table className={classes.table}>
      <VisuallyHidden component="caption">The last {bars.length} one-minute bars of {symbol}</VisuallyHidden>
      <thead>
        <tr>
          {["Time", "Open", "High", "Low", "Close", "Volume"].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
          {["EMA20", "EMA50", "VWAP"].map((name) => (
            <th key={name} scope="col" className={classes.more}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {bars.map((bar) => (
          <tr key={bar.seq}>
            <th scope="row"><Moment ts={bar.ts} calendar={calendar} /></th>
            <td>{p(bar.open)}</td>
            <td>{p(bar.high)}</td>
            <td>{p(bar.low)}</td>
            <td>{p(bar.close)}</td>
            <td>{volume(bar.volume)}</td>
            <td className={classes.more}>{p(bar.ema20)}</td>
            <td className={classes.more}>{p(bar.ema50)}</td>
            <td className={classes.more}>{p(bar.vwap)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
