import { useComputedColorScheme } from "@mantine/core";
import { createSeriesMarkers, LineStyle, type ISeriesApi } from "lightweight-charts";
import { useEffect, useRef, type JSX } from "react";

import type { Alert, BarsResponse, Instrument } from "@/shared/api/types";
import { chartOptions, makeChart } from "@/shared/ui/chartOptions";
import { toTime } from "@/shared/ui/chartSeries";
import { LineLegend } from "@/shared/ui/LineLegend";
import { addCandles, layOut, linesOf, showBars } from "@/shared/ui/pastBars";
import { tokensFor, type DirectionPair, type Tokens } from "@/shared/ui/tokens";

import classes from "./journal.module.css";

export interface ReviewChartProps {
  alert: Alert;
  bars: BarsResponse;
  revealed: boolean;
  instrument: Instrument | undefined;
  colourPair: DirectionPair;
}

/** The bars up to the trigger, and once it is judged what followed with the levels of the trade. */
export function ReviewChart({ alert, bars, revealed, instrument, colourPair }: ReviewChartProps): JSX.Element {
  const scheme = useComputedColorScheme("dark");
  const container = useRef<HTMLDivElement>(null);
  const calendar = instrument?.calendar ?? "XNYS";
  const tickSize = instrument?.tickSize ?? 0.01;
  useEffect(() => {
    if (container.current === null) return undefined;
    const tokens = tokensFor(scheme, colourPair);
    const options = chartOptions({ tokens, calendar });
    const chart = makeChart(container.current, { ...options, timeScale: { ...options.timeScale, rightOffset: revealed ? 2 : 12, lockVisibleTimeRangeOnResize: true } });
    const candles = addCandles(chart, tokens, tickSize);
    showBars(chart, candles, layOut(bars, calendar), tokens);
    mark(candles, alert, tokens, revealed);
    chart.timeScale().fitContent();
    return () => chart.remove();
  }, [alert, bars, revealed, scheme, colourPair, calendar, tickSize]);
  const label = revealed ? "Bars around the trigger, with what followed" : "Bars up to the trigger";
  return (
    <>
      <p className={classes.legend}>
        <LineLegend lines={linesOf(bars)} />
        <span className={classes.dim}>{label}</span>
        <a className={classes.credit} href="https://www.tradingview.com/" target="_blank" rel="noreferrer">
          Charts by TradingView
        </a>
      </p>
      <div ref={container} className={classes.canvas} role="img" aria-label={label} data-testid="review-chart" data-bars={bars.bars.length} />
    </>
  );
}

function mark(candles: ISeriesApi<"Candlestick">, alert: Alert, tokens: Tokens, revealed: boolean): void {
  const long = alert.direction === "long";
  createSeriesMarkers(candles, [
    {
      time: toTime(alert.ts),
      position: long ? "belowBar" : "aboveBar",
      shape: long ? "arrowUp" : "arrowDown",
      color: long ? tokens.up : tokens.down,
      size: 1.6, // as on Live: a word would lie across the candles
    },
  ]);
  const { levels } = alert;
  const line = (price: number, color: string, title: string): void => {
    candles.createPriceLine({ price, color, title, lineWidth: 1, lineStyle: LineStyle.Dotted, axisLabelVisible: true });
  };
  line(levels.reference, tokens.level, "level");
  if (!revealed) return;
  line(levels.entry, tokens.text, "entry");
  line(levels.stop, tokens.bad, "stop");
  line(levels.target, tokens.ok, "target");
}
