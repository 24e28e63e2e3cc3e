import { ActionIcon, Drawer, useComputedColorScheme } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, type JSX } from "react";

import { backtests, type StoredRun, type Trigger } from "@/shared/api/backtest";
import { useRuleName } from "@/shared/api/ruleNames";
import type { BarsResponse, Instrument } from "@/shared/api/types";
import { confidence, DASH, plural, price, r, rAgainst } from "@/shared/lib/format";
import { reasonWords } from "@/shared/lib/reason";
import { regimeKeyWords } from "@/shared/lib/regime";
import { LineLegend } from "@/shared/ui/LineLegend";
import { Moment } from "@/shared/ui/Moment";
import { linesOf } from "@/shared/ui/pastBars";
import { DirectionShape } from "@/shared/ui/shapes";
import { Loading, QueryView } from "@/shared/ui/states";
import { tokensFor, type DirectionPair } from "@/shared/ui/tokens";

import { barriersOf, barsAround } from "./barriers";
import classes from "./results.module.css";
import { TriggerController } from "./TriggerController";

export interface TriggerDrawerProps {
  request: StoredRun;
  triggers: readonly Trigger[];
  index: number | null;
  select: (index: number | null) => void;
  instrument: Instrument | undefined;
  colourPair: DirectionPair;
}

/** One trigger on its bars: entry, barriers, end, and what the numbers were. */
export function TriggerDrawer(props: TriggerDrawerProps): JSX.Element {
  const { triggers, index, select } = props;
  const trigger = index === null ? undefined : triggers[index];
  const go = (by: number): void => {
    if (index !== null && triggers[index + by] !== undefined) select(index + by);
  };
  return (
    <Drawer
      opened={trigger !== undefined}
      onClose={() => select(null)}
      position="right"
      size={760}
      title={trigger ? <Title trigger={trigger} {...props} /> : ""}
      overlayProps={{ backgroundOpacity: 0.25 }}
      onKeyDown={(event) => {
        if (event.key === "ArrowRight") go(1);
        if (event.key === "ArrowLeft") go(-1);
      }}
    >
      {trigger && (
        <>
          <div className={classes.walk}>
            <ActionIcon aria-label="Trigger before" onClick={() => go(-1)} disabled={index === 0}>
              <IconChevronLeft size={18} aria-hidden />
            </ActionIcon>
            <span className={classes.dim}>
              {(index ?? 0) + 1} of {triggers.length}
            </span>
            <ActionIcon aria-label="Next trigger" onClick={() => go(1)} disabled={index === triggers.length - 1}>
              <IconChevronRight size={18} aria-hidden />
            </ActionIcon>
          </div>
          <Bars trigger={trigger} {...props} />
          <Facts trigger={trigger} {...props} />
        </>
      )}
    </Drawer>
  );
}

type PartProps = TriggerDrawerProps & { trigger: Trigger };

function Title({ trigger, request, instrument }: PartProps): JSX.Element {
  const calendar = instrument?.calendar ?? "XNYS";
  return (
    <span className={classes.drawerTitle}>
      <DirectionShape direction={trigger.direction} /> {trigger.direction === "long" ? "LONG" : "SHORT"} {request.symbol} {request.timeframe}
      <Moment ts={trigger.ts} calendar={calendar} date="short" className={classes.dim} />
    </span>
  );
}

function Bars({ trigger, request, instrument, colourPair }: PartProps): JSX.Element {
  const { from, to } = barsAround(trigger, request.timeframe);
  const { symbol, timeframe, session } = request;
  const bars = useQuery({
    queryKey: ["bars-around", symbol, timeframe, session, from, to],
    queryFn: ({ signal }) => backtests.bars({ symbol, timeframe, session, from, to }, signal),
    staleTime: Infinity,
  });
  return (
    <div className={classes.triggerChart}>
      <QueryView query={bars} loading={<Loading label="Loading the bars" rows={1} height={344} />}>
        {(data) => <Canvas bars={data} trigger={trigger} instrument={instrument} colourPair={colourPair} />}
      </QueryView>
    </div>
  );
}

interface CanvasProps {
  bars: BarsResponse;
  trigger: Trigger;
  instrument: Instrument | undefined;
  colourPair: DirectionPair;
}

function Canvas({ bars, trigger, instrument, colourPair }: CanvasProps): JSX.Element {
  const scheme = useComputedColorScheme("dark");
  const container = useRef<HTMLDivElement>(null);
  const calendar = instrument?.calendar ?? "XNYS";
  const tickSize = instrument?.tickSize ?? 0.01;
  useEffect(() => {
    if (container.current === null) return undefined;
    const chart = new TriggerController(container.current, { tokens: tokensFor(scheme, colourPair), calendar, tickSize });
    chart.show(bars, trigger);
    return () => chart.destroy();
  }, [bars, trigger, scheme, colourPair, calendar, tickSize]);
  return (
    <>
      <p className={classes.legend}>
        <LineLegend lines={linesOf(bars)} />
      </p>
      <div ref={container} className={classes.canvas} role="img" aria-label="Bars around the trigger" data-testid="trigger-chart" />
    </>
  );
}

function Facts({ trigger, instrument }: PartProps): JSX.Element {
  const nameOf = useRuleName();
  const { outcome } = trigger;
  const barriers = barriersOf(trigger);
  const p = (value: number | null | undefined): string => price(value, instrument?.tickSize ?? 0.01);
  const facts: [string, string][] = [
    ["Rule", nameOf(trigger.ruleId)],
    ["Confidence", confidence(trigger.confidence)],
    ["Regime", regimeKeyWords(trigger.regime)],
    ["Warm-up", trigger.warm ? "whole" : "data begin too late"],
    ["Entry, next open", p(barriers?.entry)],
    ["Stop", p(barriers?.stop)],
    ["Target", p(barriers?.target)],
    ["Exit", outcome?.exit ? `${outcome.exit} at ${p(outcome.exitPrice)}${outcome.ambiguous ? ", ambiguous" : ""}` : (outcome?.state ?? DASH)],
    ["R after cost", r(outcome?.r)],
    ["Held", outcome?.holdBars === null || outcome === null ? DASH : plural(outcome.holdBars, "bar")],
    ["For it (MFE)", r(outcome?.mfe)],
    ["Against it (MAE)", rAgainst(outcome?.mae)],
  ];
  return (
    <>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {trigger.gate && (
        <p className={classes.gate}>
          Your gates: {trigger.gate.delivered ? "sent" : "held back"}, {reasonWords(trigger.gate.reason)}
        </p>
      )}
    </>
  );
}
