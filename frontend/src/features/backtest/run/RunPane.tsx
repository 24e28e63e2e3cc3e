import { Button } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useState, type JSX } from "react";

import type { AnyRun, BacktestRun, SweepRun } from "@/shared/api/backtest";
import type { Instrument, Rule } from "@/shared/api/types";
import { Empty, Loading, QueryView } from "@/shared/ui/states";
import type { DirectionPair } from "@/shared/ui/tokens";

import { formOf, type FormState } from "../form/model";
import { PromoteDialog } from "../promote/PromoteDialog";
import { ended } from "../queries";
import { RunView } from "../results/RunView";
import { SweepView } from "../sweep/SweepView";
import { Progress } from "./Progress";
import { RunHead } from "./RunHead";

export interface RunPaneProps {
  query: UseQueryResult<AnyRun>;
  other: BacktestRun | null;
  instruments: readonly Instrument[];
  rules: readonly Rule[];
  colourPair: DirectionPair;
  compare: (id: string | null) => void;
  /** Takes the run's request back into the form. */
  again: (run: AnyRun) => void;
  runVariant: (form: FormState) => void;
}

/** One run or sweep in whatever state it is. */
export function RunPane(props: RunPaneProps): JSX.Element {
  return (
    <QueryView query={props.query} loading={<Loading label="Loading the run" rows={8} height={84} />}>
      {(run) => (ended(run.status) ? <Ended {...props} run={run} /> : <Progress run={run} />)}
    </QueryView>
  );
}

type EndedProps = RunPaneProps & { run: AnyRun };

function Ended(props: EndedProps): JSX.Element {
  const { run, other, instruments, rules, colourPair, compare, again, runVariant } = props;
  const [promoting, setPromoting] = useState(false);
  const [zoomed, setZoomed] = useState<{ from: string; to: string } | null>(null);
  const instrument = instruments.find((item) => item.symbol === run.request.symbol);
  const head = <RunHead run={run} other={other} instruments={instruments} compare={compare} promote={() => setPromoting(true)} />;
  if (run.result === null) return <Without run={run} head={head} again={again} />;
  if (run.kind === "sweep") {
    return (
      <>
        {head}
        <SweepView
          result={run.result}
          rule={rules.find((item) => item.ruleId === run.request.ruleId)}
          runVariant={(params) => runVariant(variantForm(run, params, rules, instrument))}
        />
      </>
    );
  }
  return (
    <>
      {head}
      <RunView
        run={run}
        result={run.result}
        other={other?.result ?? null}
        instrument={instrument}
        rules={rules}
        colourPair={colourPair}
        zoomed={setZoomed}
        again={() => again(run)}
      />
      {promoting && (
        <PromoteDialog run={run} result={run.result} rules={rules} instrument={instrument} zoomed={zoomed} close={() => setPromoting(false)} />
      )}
    </>
  );
}

function variantForm(
  { request }: SweepRun,
  params: Record<string, number>,
  rules: readonly Rule[],
  instrument: Instrument | undefined,
): FormState {
  const asked = { ...request, rules: [{ ruleId: request.ruleId, params }], governor: false };
  return formOf(asked, rules, instrument?.calendar ?? "XNYS");
}

const WHY = {
  done: "The result was pruned. Run it again to see it.",
  cancelled: "This run was cancelled.",
  failed: "This run failed",
} as const;

function Without({ run, head, again }: Pick<EndedProps, "run" | "again"> & { head: JSX.Element }): JSX.Element {
  const why = run.status === "failed" ? `${WHY.failed}: ${run.error ?? "no reason given"}` : run.status === "cancelled" ? WHY.cancelled : WHY.done;
  return (
    <>
      {head}
      <Empty reason={why} action={<Button onClick={() => again(run)}>Take it into the form</Button>} />
    </>
  );
}
