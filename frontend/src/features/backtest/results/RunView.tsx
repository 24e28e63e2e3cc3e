import { Button } from "@mantine/core";
import { useState, type JSX } from "react";

import type { BacktestRun, RunResult } from "@/shared/api/backtest";
import type { Instrument, Rule } from "@/shared/api/types";
import { plural } from "@/shared/lib/format";
import type { DirectionPair } from "@/shared/ui/tokens";
import { Empty } from "@/shared/ui/states";

import { assumptions } from "../words";
import { Equity } from "./Equity";
import { Excursions } from "./Excursions";
import { Figures } from "./Figures";
import { Gates } from "./Gates";
import { Regimes, RulesTable } from "./Breakdown";
import classes from "./results.module.css";
import { Timeline } from "./Timeline";
import { TriggerDrawer } from "./TriggerDrawer";
import { Triggers } from "./Triggers";

export interface RunViewProps {
  run: BacktestRun;
  result: RunResult;
  /** The run it is compared with. */
  other: RunResult | null;
  instrument: Instrument | undefined;
  rules: readonly Rule[];
  colourPair: DirectionPair;
  zoomed: (range: { from: string; to: string } | null) => void;
  /** Takes the run's request back into the form. */
  again: () => void;
}

/** A finished run, from six figures down to every trigger. */
export function RunView({ run, result, other, instrument, rules, colourPair, zoomed, again }: RunViewProps): JSX.Element {
  const [selected, setSelected] = useState<number | null>(null);
  const [ruleId, setRuleId] = useState<string | null>(null);
  const calendar = instrument?.calendar ?? "XNYS";
  const { triggers, metrics } = result;
  return (
    <div className={classes.results}>
      <p className={classes.assumptions}>{assumptions(run.request)}</p>
      <Figures result={result} other={other} calendar={calendar} />
      {triggers.length === 0 ? (
        <div className={classes.block}>
          <Empty
            reason={`No rule fired on ${plural(result.bars, "bar")}. Take more sessions, another rule or gentler parameters.`}
            action={<Button onClick={again}>Take it into the form</Button>}
          />
        </div>
      ) : (
        <>
          <Equity result={result} other={other} calendar={calendar} colourPair={colourPair} />
          <Timeline
            request={run.request}
            triggers={triggers}
            calendar={calendar}
            colourPair={colourPair}
            selected={selected}
            select={setSelected}
            zoomed={zoomed}
          />
          <RulesTable metrics={metrics} rules={rules} chosen={ruleId} choose={setRuleId} />
          <div className={classes.two}>
            <Regimes metrics={metrics} />
            <Excursions triggers={triggers} metrics={metrics} colourPair={colourPair} select={setSelected} />
          </div>
          {result.governor && <Gates account={result.governor} />}
          <Triggers result={result} calendar={calendar} ruleId={ruleId} selected={selected} select={setSelected} />
        </>
      )}
      <TriggerDrawer
        request={run.request}
        triggers={triggers}
        index={selected}
        select={setSelected}
        instrument={instrument}
        colourPair={colourPair}
      />
    </div>
  );
}
