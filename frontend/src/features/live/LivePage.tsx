import { Splitter, VisuallyHidden } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState, type JSX } from "react";
import { useSearchParams } from "react-router";

import { useReplay, useSettings, useSymbols, useWatchlist } from "@/shared/api/queries";
import { DEFAULT_SETTINGS } from "@/shared/api/settings";
import type { Alert, Instrument, ReplayState } from "@/shared/api/types";
import { createStore } from "@/shared/lib/store";
import type { AlertsState } from "@/shared/realtime/alertStore";
import { useAlertsPart, useRealtime } from "@/shared/realtime/context";
import { useCharted } from "@/shared/ui/charted";
import { useKeys } from "@/shared/ui/keyboard";
import { ErrorState, Loading } from "@/shared/ui/states";

import type { CardSlots } from "./alerts/AlertCard";
import { AlertsPanel, type AlertsHandle } from "./alerts/AlertsPanel";
import { Announcer } from "./Announcer";
import { ChartPane, type ChartHandle } from "./chart/ChartPane";
import { FramePicker } from "./chart/FramePicker";
import { FRAMES, type Frame } from "./chart/frames";
import { Credit } from "./Credit";
import { Dock, type DockTab } from "./dock/Dock";
import { useGoldenTest } from "./golden";
import classes from "./live.module.css";
import { HoverContext, SessionContext, type SessionContextValue } from "./session";
import { useStart } from "./start";
import { StatusStrip, useDisconnected } from "./StatusStrip";
import { useBars } from "./useBars";
import { Watchlist } from "./watchlist/Watchlist";

const PhoneLive = lazy(() => import("./PhoneLive"));

export type LiveSlots = CardSlots & {
  /** Where a closed session is gone through, if there is such a page. */
  reviewPath?: string | undefined;
};

function expecting(replay: ReplayState | undefined, instrument: Instrument | undefined): boolean {
  if (replay === undefined || instrument === undefined || replay.paused) return false;
  return replay.sessions[instrument.calendar]?.open ?? false;
}

/** The page that is open all day: watchlist, chart, alerts, dock. */
export function LivePage({ slots }: { slots: LiveSlots }): JSX.Element {
  const symbols = useSymbols();
  const watchlist = useWatchlist();
  const charted = useCharted();
  useStart(charted);
  const { symbol, named, chart } = charted;
  const instrument = symbols.data?.find((item) => item.symbol === symbol);
  const failed = symbols.error ?? watchlist.error;
  if (instrument === undefined || !named) {
    return (
      <>
        <VisuallyHidden component="h1">Live</VisuallyHidden>
        {failed ? (
          <ErrorState error={failed} retry={() => void Promise.all([symbols.refetch(), watchlist.refetch()])} />
        ) : (
          <div className={classes.page} data-loading>
            <Loading label="Loading the watchlist" rows={6} height={44} />
            <Loading label="Loading the market" rows={1} height="100%" />
            <Loading label="Loading the alerts" rows={8} height={60} />
          </div>
        )}
      </>
    );
  }
  return <Loaded instrument={instrument} watched={watchlist.data ?? []} chart={chart} slots={slots} />;
}

const CREDIT = <Credit />;

/** The alert as it stands; null without one. */
function useAlert(signalId: string | null): Alert | null {
  const find = useCallback(({ alerts }: AlertsState) => alerts.find((alert) => alert.signalId === signalId) ?? null, [signalId]);
  return useAlertsPart(find);
}

interface LoadedProps {
  instrument: Instrument;
  watched: readonly string[];
  chart: (symbol: string) => void;
  slots: LiveSlots;
}

/** The chart's timeframe; it lives in the address beside the symbol. */
function useFrame(): { frame: Frame; setFrame: (frame: Frame) => void } {
  const [params, setParams] = useSearchParams();
  const asked = params.get("tf");
  const frame = FRAMES.find((name) => name === asked) ?? "1m";
  const setFrame = useCallback(
    (next: Frame) => {
      setParams(
        (old) => {
          if (next === "1m") old.delete("tf");
          else old.set("tf", next);
          return old;
        },
        { replace: true },
      );
    },
    [setParams],
  );
  return { frame, setFrame };
}

function Loaded({ instrument, watched, chart, slots }: LoadedProps): JSX.Element {
  const client = useRealtime();
  const replay = useReplay().data;
  const { display, sizing } = useSettings().data ?? DEFAULT_SETTINGS;
  const { riskPerTrade } = sizing;
  const [selected, setSelected] = useState<string | null>(null);
  const [opened, setOpened] = useState<string | null>(null);
  const [tab, setTab] = useState<DockTab>("why");
  const phone = useMediaQuery("(max-width: 720px)");
  const folded = useMediaQuery("(max-height: 799px)");
  const [unfolded, setUnfolded] = useState(false);
  const chartHandle = useRef<ChartHandle>(null);
  const panelHandle = useRef<AlertsHandle>(null);
  const disconnected = useDisconnected();
  const { frame, setFrame } = useFrame();
  const golden = useGoldenTest();
  const [hover] = useState(() => createStore<string | null>(null));
  const problem = useBars(watched, instrument.symbol, replay?.marketTime ?? null);

  // One alert at a time: the open card, its box on the chart, its reasons in the dock.
  const focused = useAlert(selected ?? opened);

  const { symbol } = instrument;
  const select = useCallback(
    (alert: Alert | null): void => {
      setSelected(alert?.signalId ?? null);
      if (alert === null) return;
      if (alert.symbol === symbol) chartHandle.current?.reveal(alert.ts);
      else chart(alert.symbol);
    },
    [symbol, chart],
  );
  const pick = useCallback(
    (signalId: string): void => {
      const alert = client.alerts.find(signalId);
      if (!alert) return;
      select(alert);
      panelHandle.current?.seek(alert);
    },
    [client, select],
  );
  useKeys({
    focusChart: () => chartHandle.current?.focus(),
    why: () => {
      setTab("why");
      setUnfolded(true);
    },
  });
  useEffect(() => {
    if (selected !== null && focused?.symbol === instrument.symbol) chartHandle.current?.reveal(focused.ts);
    // Only when the symbol changes: otherwise the trader's own scrolling would be undone.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [instrument.symbol]);

  const { calendar } = instrument;
  const due = expecting(replay, instrument);
  const session = useMemo<SessionContextValue>(() => ({ expecting: due, riskPerTrade, calendar }), [due, riskPerTrade, calendar]);
  const boxed = focused !== null && focused.symbol === instrument.symbol ? focused : null;
  const picker = useMemo(() => <FramePicker frame={frame} onFrame={setFrame} />, [frame, setFrame]);
  const chartPane = (
    <ChartPane
      instrument={instrument}
      focused={boxed}
      display={display}
      dimmed={disconnected}
      frame={frame}
      picker={phone ? null : picker}
      golden={golden}
      pick={pick}
      handle={chartHandle}
    />
  );
  const panel = (
    <AlertsPanel
      handle={panelHandle}
      selected={selected}
      select={select}
      onOpen={setOpened}
      slots={slots}
      watched={watched.length}
    />
  );
  const strip = (
    <StatusStrip
      calendar={instrument.calendar}
      reviewPath={slots.reviewPath}
      reviewDay={() => {
        setTab("day");
        setUnfolded(true);
      }}
    />
  );
  const dock = (
    <Dock
      tab={tab}
      onTab={setTab}
      alert={focused}
      instrument={instrument}
      credit={folded || phone ? null : CREDIT}
    />
  );
  const error = problem && <ErrorState error={problem.error} retry={problem.retry} />;

  return (
    <SessionContext value={session}>
      <HoverContext value={hover}>
      <VisuallyHidden component="h1">Live: {instrument.symbol}</VisuallyHidden>
      <Announcer />
      {phone ? (
        <Suspense fallback={<Loading label="Loading the market" rows={8} height={60} />}>
          <PhoneLive
            symbols={watched}
            symbol={instrument.symbol}
            onSymbol={chart}
            strip={strip}
            picker={picker}
            chart={error ?? chartPane}
            alerts={panel}
            dock={dock}
          />
        </Suspense>
      ) : (
        <div className={classes.page}>
          <Watchlist symbols={watched} charted={instrument.symbol} chart={chart} />
          <div className={classes.middle}>
            {strip}
            {folded ? (
              <>
                <div className={classes.chart}>{error ?? chartPane}</div>
                <div className={classes.foldBar}>
                  <button type="button" className={classes.fold} aria-expanded={unfolded} onClick={() => setUnfolded(!unfolded)}>
                    {unfolded ? "Hide details" : "Why, bars, day"}
                  </button>
                  <Credit />
                </div>
                {unfolded && <div className={classes.foldedDock}>{dock}</div>}
              </>
            ) : (
              <Splitter orientation="vertical" className={classes.split ?? ""} lineSize={1}>
                <Splitter.Pane defaultSize={100} min={40}>
                  {error ?? chartPane}
                </Splitter.Pane>
                <Splitter.Pane defaultSize="200px" min="80px">
                  {dock}
                </Splitter.Pane>
              </Splitter>
            )}
          </div>
          {panel}
        </div>
      )}
      </HoverContext>
    </SessionContext>
  );
}
