import { VisuallyHidden } from "@mantine/core";
import type { JSX } from "react";

import { DASH, duration } from "@/shared/lib/format";

import { GateValue } from "./GateValue";
import { Mode } from "./Mode";
import { WINDOWS, type RuleFigures } from "./model";
import classes from "./rules.module.css";
import { Lately, ScoreBar } from "./ScoreBar";
import { LABEL_HEADS, LabelCells, OUTCOME_HEADS, OutcomeCells, SIGNAL_HEADS, SignalCells } from "./WindowCells";

const GROUPS = [
  ["Signals", SIGNAL_HEADS],
  ["Outcomes", OUTCOME_HEADS],
  ["Your labels", LABEL_HEADS],
] as const;

interface RulesTableProps {
  rows: readonly RuleFigures[];
  open: (ruleId: string) => void;
}

/** A rule is two lines of one row: the last seven days over the last thirty. */
export function RulesTable({ rows, open }: RulesTableProps): JSX.Element {
  return (
    <table className={classes.table}>
      <Heads />
      {rows.map((row) => (
        <Body key={row.rule.ruleId} row={row} open={open} />
      ))}
    </table>
  );
}

function Heads(): JSX.Element {
  return (
    <thead>
      <tr>
        {["Rule", "Alerts", "Score"].map((name) => (
          <th key={name} scope="col" rowSpan={2} className={classes.text}>
            {name}
          </th>
        ))}
        <th scope="col" rowSpan={2} className={classes.gateHead}>
          Gate
        </th>
        <th scope="col" rowSpan={2}>
          Cooldown
        </th>
        <th scope="col" rowSpan={2}>
          <VisuallyHidden>Window</VisuallyHidden>
        </th>
        {GROUPS.map(([name, heads]) => (
          <th key={name} scope="colgroup" colSpan={heads.length} className={classes.group}>
            {name}
          </th>
        ))}
      </tr>
      <tr>
        {GROUPS.flatMap(([group, heads]) =>
          heads.map((name, index) => (
            <th key={`${group} ${name}`} scope="col" className={index === 0 ? classes.first : undefined}>
              {name}
            </th>
          )),
        )}
      </tr>
    </thead>
  );
}

function Body({ row, open }: { row: RuleFigures; open: (ruleId: string) => void }): JSX.Element {
  const { rule, metrics, preview } = row;
  return (
    <tbody>
      {WINDOWS.map(({ id, short }, index) => (
        <tr key={id}>
          {index === 0 && (
            <>
              <th scope="rowgroup" rowSpan={WINDOWS.length} className={classes.text}>
                <button type="button" className={classes.name} onClick={() => open(rule.ruleId)}>
                  {rule.title}
                </button>
              </th>
              <td rowSpan={WINDOWS.length} className={classes.text}>
                <Mode rule={rule} />
              </td>
              <td rowSpan={WINDOWS.length} className={classes.text}>
                {metrics ? <Score row={row} /> : DASH}
              </td>
              <td rowSpan={WINDOWS.length}>{preview ? <GateValue from={preview.base} to={preview.current} score={preview.score} /> : DASH}</td>
              <td rowSpan={WINDOWS.length}>{preview ? duration(preview.current.cooldownSeconds) : DASH}</td>
            </>
          )}
          <th scope="row">{short}</th>
          {metrics ? (
            <>
              <SignalCells window={metrics.windows[id]} />
              <OutcomeCells window={metrics.windows[id]} bar />
              <LabelCells window={metrics.windows[id]} />
            </>
          ) : (
            <td colSpan={GROUPS.flatMap(([, heads]) => heads).length}>{DASH}</td>
          )}
        </tr>
      ))}
    </tbody>
  );
}

function Score({ row }: { row: RuleFigures }): JSX.Element {
  return (
    <span className={classes.score}>
      <ScoreBar score={row.metrics?.score ?? 0} />
      <Lately ruleId={row.rule.ruleId} />
    </span>
  );
}
