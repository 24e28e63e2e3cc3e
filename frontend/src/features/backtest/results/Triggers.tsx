import { Button, SegmentedControl, UnstyledButton } from "@mantine/core";
import { useMemo, useState, type JSX } from "react";

import type { RunResult, Trigger } from "@/shared/api/backtest";
import { useRuleName } from "@/shared/api/ruleNames";
import { confidence, count, DASH, number, r, rAgainst } from "@/shared/lib/format";
import { gateName } from "@/shared/lib/gates";
import { exchangeTime, shortDate, type Calendar } from "@/shared/lib/marketTime";
import { reasonWords } from "@/shared/lib/reason";
import { regimeKeyWords } from "@/shared/lib/regime";
import { DirectionShape } from "@/shared/ui/shapes";

import classes from "./results.module.css";
import { fateOf } from "./timeline";

const PAGE = 50;

const SHOWN = {
  all: () => true,
  long: (trigger: Trigger) => trigger.direction === "long",
  short: (trigger: Trigger) => trigger.direction === "short",
  wins: (trigger: Trigger) => fateOf(trigger) === "win",
  losses: (trigger: Trigger) => fateOf(trigger) === "loss",
} as const;
type Shown = keyof typeof SHOWN;

const HEADS = ["Bar", "Rule", "Direction", "Confidence", "Regime", "R", "Ended", "Bars", "MFE", "MAE"] as const;
/** Columns of words, which stand left; figures stand right. */
const WORDS: ReadonlySet<string> = new Set(["Rule", "Direction", "Regime", "Ended", "Your gates"]);

const CHOICES: { value: Shown; label: string }[] = [
  { value: "all", label: "All" },
  { value: "long", label: "Long" },
  { value: "short", label: "Short" },
  { value: "wins", label: "Wins" },
  { value: "losses", label: "Losses" },
];

export interface TriggersProps {
  result: RunResult;
  calendar: Calendar;
  ruleId: string | null;
  selected: number | null;
  select: (index: number) => void;
}

/** Every trigger as a row: the timeline and the scatter in words. */
export function Triggers({ result, calendar, ruleId, selected, select }: TriggersProps): JSX.Element {
  const [shown, setShown] = useState<Shown>("all");
  const [page, setPage] = useState(0);
  const nameOf = useRuleName();
  const rows = useMemo(
    () =>
      result.triggers
        .map((trigger, index) => ({ trigger, index }))
        .filter(({ trigger }) => SHOWN[shown](trigger) && (ruleId === null || trigger.ruleId === ruleId)),
    [result, shown, ruleId],
  );
  const pages = Math.max(1, Math.ceil(rows.length / PAGE));
  const at = Math.min(page, pages - 1);
  const gated = result.governor !== undefined;
  return (
    <section className={classes.block} aria-label="Triggers, listed">
      <header className={classes.blockHead}>
        <h2>All triggers</h2>
        <SegmentedControl
          size="xs"
          aria-label="Which triggers"
          value={shown}
          onChange={(value) => {
            setShown(value);
            setPage(0);
          }}
          data={CHOICES}
        />
        {ruleId !== null && <span className={classes.dim}>of {nameOf(ruleId)}</span>}
        <span className={classes.space} />
        <span className={classes.dim}>
          {rows.length === 0 ? "none" : `${count(at * PAGE + 1)}–${count(Math.min(rows.length, (at + 1) * PAGE))} of ${count(rows.length)}`}
          {result.triggersUrl === null ? "" : `; the first 20\u202f000 of ${count(result.triggerCount)}, all of them in the export`}
        </span>
        <Button disabled={at === 0} onClick={() => setPage(at - 1)}>
          Previous
        </Button>
        <Button disabled={at >= pages - 1} onClick={() => setPage(at + 1)}>
          Next
        </Button>
      </header>
      <div className={classes.tableScroll}>
        <table className={classes.table}>
          <thead>
            <tr>
              {[...HEADS, ...(gated ? ["Your gates"] : [])].map((name) => (
                <th key={name} scope="col" className={WORDS.has(name) ? classes.left : undefined}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(at * PAGE, (at + 1) * PAGE).map(({ trigger, index }) => (
              <Row key={index} trigger={trigger} calendar={calendar} gated={gated} chosen={index === selected} open={() => select(index)} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface RowProps {
  trigger: Trigger;
  calendar: Calendar;
  gated: boolean;
  chosen: boolean;
  open: () => void;
}

/** What the gates did; their sentence is in the trigger's drawer. */
function GateCell({ gate }: { gate: Trigger["gate"] }): JSX.Element {
  const words = gate === undefined ? DASH : gate.delivered ? "sent" : gateName(gate.reasonCode);
  return (
    <td className={classes.left} title={gate && reasonWords(gate.reason)}>
      {words}
    </td>
  );
}

function Row({ trigger, calendar, gated, chosen, open }: RowProps): JSX.Element {
  const { outcome, direction } = trigger;
  const nameOf = useRuleName();
  return (
    <tr data-chosen={chosen || undefined}>
      <th scope="row">
        <UnstyledButton className={classes.link} onClick={open}>
          {shortDate(trigger.ts, calendar)} {exchangeTime(trigger.ts, calendar)}
        </UnstyledButton>
        {!trigger.warm && <span className={classes.dim}> cold</span>}
      </th>
      <td className={classes.left}>{nameOf(trigger.ruleId)}</td>
      <td className={classes.left}>
        <DirectionShape direction={direction} size={10} /> {direction === "long" ? "LONG" : "SHORT"}
      </td>
      <td>{confidence(trigger.confidence)}</td>
      <td className={classes.left}>{regimeKeyWords(trigger.regime)}</td>
      <td data-sign={fateOf(trigger)}>{r(outcome?.r)}</td>
      <td className={classes.left}>
        {outcome?.exit ?? (outcome ? outcome.state : DASH)}
        {outcome?.ambiguous ? ", ambiguous" : ""}
      </td>
      <td>{number(outcome?.holdBars)}</td>
      <td>{r(outcome?.mfe)}</td>
      <td>{rAgainst(outcome?.mae)}</td>
      {gated && <GateCell gate={trigger.gate} />}
    </tr>
  );
}
