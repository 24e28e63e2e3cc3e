import { useComputedColorScheme } from "@mantine/core";
import { memo, useCallback, useContext, useEffect, useImperativeHandle, useMemo, useRef, useState, useSyncExternalStore, type JSX, type ReactNode, type Ref } from "react";

import type { Alert, Instrument } from "@/shared/api/types";
import type { UserSettings } from "@/shared/api/settings";
import { sameItems } from "@/shared/lib/store";
import { every } from "@/shared/lib/ticker";
import type { AlertsState } from "@/shared/realtime/alertStore";
import { useAlertsPart, useRealtime } from "@/shared/realtime/context";
import { WickMeter } from "@/shared/realtime/wickMeter";
import { ErrorState, Loading } from "@/shared/ui/states";
import { tokensFor } from "@/shared/ui/tokens";

import { HoverContext, useStale } from "../session";
import classes from "./chart.module.css";
import { ChartController } from "./ChartController";
import { FrameSource, minuteSource, type BarSource, type Frame } from "./frames";
import { Legend, type LegendHandle } from "./Legend";

export interface ChartHandle {
  focus: () => void;
  reveal: (ts: number) => void;
}

export interface ChartPaneProps {
  instrument: Instrument;
  focused: Alert | null;
  display: UserSettings["display"];
  dimmed: boolean;
  frame: Frame;
  /** Chooses the timeframe, where the chart has room for it. */
  picker: ReactNode;
  golden: (alert: Alert) => boolean;
  pick: (signalId: string) => void;
  handle: Ref<ChartHandle>;
}

const STEP_BARS = 5;
/** How often the axis names the price: as often as the legend and the lists do, and with them. */
const PRICE_MS = 250;
const FRAME_WORDS: Record<Frame, string> = { "1m": "one-minute", "5m": "five-minute", "15m": "fifteen-minute", "1h": "one-hour" };

/** The chart of one symbol. React mounts it; bars reach the canvas without passing through React. */
export const ChartPane = memo(function ChartPane(props: ChartPaneProps): JSX.Element {
  const { instrument, focused, display, dimmed, frame, picker, golden, pick, handle } = props;
  const client = useRealtime();
  const hover = useContext(HoverContext);
  const [problem, setProblem] = useState<Error | null>(null);
  const [attempt, setAttempt] = useState(0);
  const stale = useStale();
  const loaded = useLoaded(instrument.symbol);
  const scheme = useComputedColorScheme("dark");
  const container = useRef<HTMLDivElement>(null);
  const chart = useRef<ChartController | null>(null);
  const legend = useRef<LegendHandle>(null);
  const source = useRef<BarSource | null>(null);

  const tokens = useMemo(() => tokensFor(scheme, display.colourPair), [scheme, display.colourPair]);
  const indicators = display.indicators.join();
  const { symbol, calendar, tickSize } = instrument;
  const alerts = useDrawn(symbol, display.heldBack);
  const latest = useRef({ alerts, focused, golden, pick, stale });
  useEffect(() => {
    latest.current = { alerts, focused, golden, pick, stale };
  });

  useEffect(() => {
    const element = container.current;
    if (element === null) return undefined;
    const meter = new WickMeter({
      report: (sample) => client.reporter.add(sample),
      offset: () => client.clock.get()?.offset ?? null,
    });
    const bars = frame === "1m" ? minuteSource(client, symbol) : new FrameSource(client, symbol, frame, calendar, setProblem);
    source.current = bars;
    const made = new ChartController(
      element,
      {
        tokens,
        calendar,
        tickSize,
        timeframe: frame,
        indicators: indicators === "" ? [] : (indicators.split(",") as UserSettings["display"]["indicators"]),
        volume: display.volume,
      },
      {
        pick: (signalId) => latest.current.pick(signalId),
        hover: (signalId) => hover.set(signalId),
        inspect: (bar) => legend.current?.show(bar),
        drawn: (srvTs, ingestTs) => meter.drawn(srvTs, ingestTs),
      },
    );
    chart.current = made;
    made.setCurrent(!latest.current.stale);
    if (frame === "1m") made.load(bars.get());
    made.setGolden(latest.current.golden);
    made.setAlerts(latest.current.alerts);
    made.setFocus(latest.current.focused);
    const offPrice = every(PRICE_MS, () => made.showPrice());
    const off = bars.subscribe((change) => made.apply(change, bars.get()));
    const offHover = hover.subscribe(() => made.setHovered(hover.get()));
    return () => {
      off();
      offPrice();
      offHover();
      if (bars instanceof FrameSource) bars.stop();
      source.current = null;
      chart.current = null;
      made.destroy();
      setProblem(null);
    };
  }, [client, symbol, calendar, tickSize, tokens, indicators, display.volume, frame, hover, attempt]);

  useEffect(() => chart.current?.setAlerts(alerts), [alerts]);
  useEffect(() => chart.current?.setFocus(focused), [focused]);
  useEffect(() => chart.current?.setCurrent(!stale), [stale]);
  useEffect(() => chart.current?.setGolden(golden), [golden]);
  useImperativeHandle(handle, () => ({
    focus: () => container.current?.focus(),
    reveal: (ts) => chart.current?.reveal(ts),
  }));

  return (
    <div className={classes.pane} data-dimmed={dimmed || stale || undefined}>
      <Legend
        ref={legend}
        instrument={instrument}
        indicators={display.indicators}
        read={() => (source.current ?? minuteSource(client, symbol)).get()}
      >
        {picker}
      </Legend>
      {problem && (
        <div className={classes.cover}>
          <ErrorState error={problem} retry={() => setAttempt((count) => count + 1)} />
        </div>
      )}
      {!loaded && !problem && (
        <div className={classes.cover}>
          <Loading label={`Loading the bars of ${symbol}`} rows={1} height="100%" />
        </div>
      )}
      {/* The canvas is a widget of its own: arrows scroll it, plus and minus zoom. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        ref={container}
        className={classes.canvas}
        role="application"
        aria-label={`Chart of ${symbol}, ${FRAME_WORDS[frame]} bars. Arrow keys scroll, plus and minus zoom. The Bars tab has its minutes as a table.`}
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
});

/** Whether the symbol's minutes have been read: what trades meanwhile is no chart yet. */
function useLoaded(symbol: string): boolean {
  const { market } = useRealtime();
  const subscribe = useCallback((changed: () => void) => market.subscribe(symbol, changed), [market, symbol]);
  return useSyncExternalStore(subscribe, () => market.get(symbol).loaded);
}

/** The symbol's alerts; the same list as long as they are the same. */
function useDrawn(symbol: string, heldBack: boolean): readonly Alert[] {
  const own = useCallback(
    ({ alerts }: AlertsState) => alerts.filter((alert) => alert.symbol === symbol && (alert.delivered || heldBack)),
    [symbol, heldBack],
  );
  return useAlertsPart(own, sameItems);
}
