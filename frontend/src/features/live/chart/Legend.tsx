import { useEffect, useImperativeHandle, useRef, type JSX, type ReactNode, type Ref } from "react";

import type { Instrument } from "@/shared/api/types";
import { DASH, price, volume } from "@/shared/lib/format";
import { exchangeTime } from "@/shared/lib/marketTime";
import { every } from "@/shared/lib/ticker";
import type { Bar } from "@/shared/realtime/events";
import type { SymbolMarket } from "@/shared/realtime/marketStore";
import type { Indicator } from "@/shared/ui/chartSeries";

import { useStaleMs } from "../session";
import classes from "./chart.module.css";

export interface LegendHandle {
  /** The bar under the crosshair; null goes back to the newest. */
  show: (bar: Bar | null) => void;
}

const PERIOD_MS = 250;

const NAME: Record<Indicator, string> = { ema20: "EMA20", ema50: "EMA50", vwap: "VWAP" };

interface Fields {
  time: string;
  ohlc: string;
  ema20: string;
  ema50: string;
  vwap: string;
}

function fieldsOf(bar: Bar, { tickSize, calendar }: Instrument): Fields {
  const p = (value: number | null): string => price(value, tickSize);
  return {
    time: exchangeTime(bar.ts, calendar),
    ohlc: `O ${p(bar.open)}  H ${p(bar.high)}  L ${p(bar.low)}  C ${p(bar.close)}  V ${volume(bar.volume)}`,
    ema20: p(bar.ema20),
    ema50: p(bar.ema50),
    vwap: p(bar.vwap),
  };
}

/** What is too old to be the market's: when it was, and no price. */
function hidden(bar: Bar, { calendar }: Instrument): Fields {
  const ohlc = `O ${DASH}  H ${DASH}  L ${DASH}  C ${DASH}  V ${DASH}`;
  return { time: exchangeTime(bar.ts, calendar), ohlc, ema20: DASH, ema50: DASH, vwap: DASH };
}

export interface LegendProps {
  ref: Ref<LegendHandle>;
  instrument: Instrument;
  indicators: readonly Indicator[];
  /** The market on the chart, in the chart's timeframe. */
  read: () => SymbolMarket;
  children: ReactNode;
}

/**
 * Prices of the bar under the crosshair, else of the newest while it is current; written straight into the page, and no
 * more often than the page's other prices: nobody reads twenty a second, and each would have the page
 * laid out anew beside the candle's frame.
 */
export function Legend({ ref, instrument, indicators, read, children }: LegendProps): JSX.Element {
  const root = useRef<HTMLDivElement>(null);
  const inspected = useRef<Bar | null>(null);
  const stale = useStaleMs();

  const write = (): void => {
    const { bars, forming } = read();
    const last = bars.at(-1);
    const newest = forming === null ? last : { ...forming, ...lines(last) };
    const bar = inspected.current ?? newest;
    if (bar === undefined || root.current === null) return;
    const current = inspected.current !== null || stale() === null;
    for (const [name, text] of Object.entries(current ? fieldsOf(bar, instrument) : hidden(bar, instrument))) {
      const element = root.current.querySelector(`[data-field="${name}"]`);
      if (element && element.textContent !== text) element.textContent = text as string;
    }
  };
  useImperativeHandle(ref, () => ({
    show: (bar) => {
      inspected.current = bar;
      write();
    },
  }));
  const latest = useRef(write);
  useEffect(() => {
    latest.current = write;
    write();
  });
  useEffect(() => every(PERIOD_MS, () => latest.current()), []);

  return (
    <div className={classes.legend}>
      <span className={classes.symbol} aria-hidden>
        {instrument.symbol}
      </span>
      {children}
      <div ref={root} className={classes.values} aria-hidden>
        <span data-field="time" className={classes.legendTime} />
        <span data-field="ohlc" className={classes.ohlc} />
        {indicators.map((name) => (
          <span key={name} className={classes.indicator} data-line={name}>
            {NAME[name]} <span data-field={name} />
          </span>
        ))}
      </div>
    </div>
  );
}

/** The forming candle has no indicator values of its own: those of the last close stand. */
function lines(last: Bar | undefined): Pick<Bar, "ema20" | "ema50" | "vwap"> {
  return { ema20: last?.ema20 ?? null, ema50: last?.ema50 ?? null, vwap: last?.vwap ?? null };
}
