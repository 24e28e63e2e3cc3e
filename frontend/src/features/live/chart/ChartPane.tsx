import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useImperativeHandle, useMemo, useRef, type JSX, type Ref } from "react";

import type { Alert, Instrument } from "@/shared/api/types";
import type { UserSettings } from "@/shared/api/settings";
import { useRealtime } from "@/shared/realtime/context";
import { WickMeter } from "@/shared/realtime/wickMeter";
import { tokensFor } from "@/shared/ui/tokens";

import classes from "./chart.module.css";
import { ChartController } from "./ChartController";
import { Legend, type LegendHandle } from "./Legend";

export interface ChartHandle {
  focus: () => void;
  reveal: (ts: number) => void;
}

export interface ChartPaneProps {
  instrument: Instrument;
  alerts: readonly Alert[];
  focused: Alert | null;
  display: UserSettings["display"];
  dimmed: boolean;
  pick: (signalId: string) => void;
  handle: Ref<ChartHandle>;
}

const STEP_BARS = 5;

/** The chart of one symbol. React mounts it; bars reach the canvas without passing through React. */
export function ChartPane(props: ChartPaneProps): JSX.Element {
  const { instrument, alerts, focused, display, dimmed, pick, handle } = props;
  const client = useRealtime();
  const scheme = useComputedColorScheme("dark");
  const container = useRef<HTMLDivElement>(null);
  const chart = useRef<ChartController | null>(null);
  const legend = useRef<LegendHandle>(null);
  const latest = useRef({ alerts, focused, pick });
  useEffect(() => {
    latest.current = { alerts, focused, pick };
  });

  const tokens = useMemo(() => tokensFor(scheme, display.colourPair), [scheme, display.colourPair]);
  const indicators = display.indicators.join();
  const { symbol, calendar, tickSize } = instrument;

  useEffect(() => {
    const element = container.current;
    if (element === null) return undefined;
    const meter = new WickMeter({
      report: (sample) => client.reporter.add(sample),
      offset: () => client.clock.get()?.offset ?? null,
    });
    const market = client.market.get(symbol);
    const made = new ChartController(
      element,
      {
        tokens,
        calendar,
        tickSize,
        timeframe: market.timeframe,
        indicators: indicators === "" ? [] : (indicators.split(",") as UserSettings["display"]["indicators"]),
        volume: display.volume,
      },
      {
        pick: (signalId) => latest.current.pick(signalId),
        inspect: (bar) => legend.current?.show(bar),
        drawn: (srvTs, ingestTs) => meter.drawn(srvTs, ingestTs),
      },
    );
    chart.current = made;
    made.load(market);
    made.setAlerts(latest.current.alerts);
    made.setFocus(latest.current.focused);
    const off = client.market.subscribe(symbol, (change) => {
      made.apply(change, client.market.get(symbol));
      legend.current?.refresh();
    });
    return () => {
      off();
      chart.current = null;
      made.destroy();
    };
  }, [client, symbol, calendar, tickSize, tokens, indicators, display.volume]);

  useEffect(() => chart.current?.setAlerts(alerts), [alerts]);
  useEffect(() => chart.current?.setFocus(focused), [focused]);
  useImperativeHandle(handle, () => ({
    focus: () => container.current?.focus(),
    reveal: (ts) => chart.current?.reveal(ts),
  }));

  return (
    <div className={classes.pane} data-dimmed={dimmed || undefined}>
      <Legend ref={legend} instrument={instrument} indicators={display.indicators} />
      {/* The canvas is a widget of its own: arrows scroll it, plus and minus zoom. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        ref={container}
        className={classes.canvas}
        role="application"
        aria-label={`Chart of ${symbol}, one-minute bars. Arrow keys scroll, plus and minus zoom. The Bars tab has the same as a table.`}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        data-testid="chart"
        onKeyDown={(event) => {
          if (event.key === "ArrowLeft") chart.current?.scroll(-STEP_BARS);
          else if (event.key === "ArrowRight") chart.current?.scroll(STEP_BARS);
          else if (event.key === "End") chart.current?.showLatest();
          else if (event.key === "+") chart.current?.zoom(1.25);
          else if (event.key === "-") chart.current?.zoom(0.8);
          else return;
          event.preventDefault();
        }}
      />
    </div>
  );
}
