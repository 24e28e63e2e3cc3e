import { VisuallyHidden } from "@mantine/core";
import type { JSX } from "react";

import type { RuleMetrics } from "@/shared/api/types";
import { count, DASH, duration } from "@/shared/lib/format";

import { GateValue } from "./GateValue";
import { Mode } from "./Mode";
import { WINDOWS, type RuleFigures } from "./model";
import classes from "./rules.module.css";
import { ScoreBar } from "./ScoreBar";
import { OUTCOME_HEADS, OutcomeCells, SIGNAL_HEADS, SignalCells } from "./WindowCells";

interface RuleCardsProps {
  rows: readonly RuleFigures[];
  open: (ruleId: string) => void;
}

/** The rules on a phone: one under the other, each with a table that fits. */
export function RuleCards({ rows, open }: RuleCardsProps): JSX.Element {
  return (
    <ul className={classes.cards}>
      {rows.map((row) => (
        <li key={row.rule.ruleId}>
          <div className={classes.cardHead}>
            <button type="button" className={classes.name} onClick={() => open(row.rule.ruleId)}>
              {row.rule.title}
            </button>
            <Mode rule={row.rule} />
          </div>
          <Facts row={row} />
          {row.metrics && <WindowTable metrics={row.metrics} />}
        </li>
      ))}
    </ul>
  );
}

function Facts({ row: { metrics, preview } }: { row: RuleFigures }): JSX.Element {
  const month = metrics?.windows["30d"];
  return (
    <dl className={classes.facts}>
      <div>
        <dt>Score</dt>
        <dd>{metrics ? <ScoreBar score={metrics.score} /> : DASH}</dd>
      </div>
      <div>
        <dt>Gate</dt>
        <dd>{preview ? <GateValue from={preview.base} to={preview.current} score={preview.score} /> : DASH}</dd>
      </div>
      <div>
        <dt>Cooldown</dt>
        <dd>{preview ? duration(preview.current.cooldownSeconds) : DASH}</dd>
      </div>
      <div>
        <dt>Your labels, 30 d</dt>
        <dd>{month ? `${count(month.good)} good, ${count(month.bad)} bad` : DASH}</dd>
      </div>
    </dl>
  );
}

function WindowTable({ metrics }: { metrics: RuleMetrics }): JSX.Element {
  return (
    <table className={classes.windows}>
      <thead>
        <tr>
          <th scope="col">
            <VisuallyHidden>Window</VisuallyHidden>
          </th>
          {[...SIGNAL_HEADS, ...OUTCOME_HEADS].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {WINDOWS.map(({ id, short }) => (
          <tr key={id}>
            <th scope="row">{short}</th>
            <SignalCells window={metrics.windows[id]} />
            <OutcomeCells window={metrics.windows[id]} bar={false} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}
