import { useComputedColorScheme } from "@mantine/core";
import { useContext, useEffect, useImperativeHandle, useMemo, useRef, useState, type JSX, type ReactNode, type Ref } from "react";

import type { Alert, Instrument } from "@/shared/api/types";
import type { UserSettings } from "@/shared/api/settings";
import { useRealtime } from "@/shared/realtime/context";
import { WickMeter } from "@/shared/realtime/wickMeter";
import { ErrorState } from "@/shared/ui/states";
import { tokensFor } from "@/shared/ui/tokens";

import { HoverContext } from "../session";
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
  alerts: readonly Alert[];
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
const FRAME_WORDS: Record<Frame, string> = { "1m": "one-minute", "5m": "five-minute", "15m": "fifteen-minute", "1h": "one-hour" };

/** The chart of one symbol. React mounts it; bars reach the canvas without passing through React. */
export function ChartPane(props: ChartPaneProps): JSX.Element {
  const { instrument, alerts, focused, display, dimmed, frame, picker, golden, pick, handle } = props;
  const client = useRealtime();
  const hover = useContext(HoverContext);
  const [problem, setProblem] = useState<Error | null>(null);
  const [attempt, setAttempt] = useState(0);
  const scheme = useComputedColorScheme("dark");
  const container = useRef<HTMLDivElement>(null);
  const chart = useRef<ChartController | null>(null);
  const legend = useRef<LegendHandle>(null);
  const source = useRef<BarSource | null>(null);
  const latest = useRef({ alerts, focused, golden, pick });
  useEffect(() => {
    latest.current = { alerts, focused, golden, pick };
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
    if (frame === "1m") made.load(bars.get());
    made.setGolden(latest.current.golden);
    made.setAlerts(latest.current.alerts);
    made.setFocus(latest.current.focused);
    const off = bars.subscribe((change) => made.apply(change, bars.get()));
    const offHover = hover.subscribe(() => made.setHovered(hover.get()));
    return () => {
      off();
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
  useEffect(() => chart.current?.setGolden(golden), [golden]);
  useImperativeHandle(handle, () => ({
    focus: () => container.current?.focus(),
    reveal: (ts) => chart.current?.reveal(ts),
  }));

  return (
    <div className={classes.pane} data-dimmed={dimmed || undefined}>
      <Legend
        ref={legend}
        instrument={instrument}
        indicators={display.indicators}
        read={() => (source.current ?? minuteSource(client, symbol)).get()}
      >
        {picker}
      </Legend>
      {problem && (
        <div className={classes.problem}>
          <ErrorState error={problem} retry={() => setAttempt((count) => count + 1)} />
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
}
