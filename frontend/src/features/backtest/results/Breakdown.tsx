import { UnstyledButton } from "@mantine/core";
import type { JSX, ReactNode } from "react";

import type { Figures, Metrics, RuleCell } from "@/shared/api/backtest";
import type { Rule } from "@/shared/api/types";
import { regimeKeyWords } from "@/shared/lib/regime";
import { bounds, count, DASH, FEW, number, percent, r, share, tooFew } from "@/shared/lib/format";
import { RateBar } from "@/shared/ui/RateBar";
import { Scroll } from "@/shared/ui/Scroll";

import { paramFields } from "../form/model";
import { interval, probability } from "../words";
import classes from "./results.module.css";

const HEADS = ["n", "Expectancy", "90 %", "Hit rate", "95 %", "Against even", "PF"] as const;
const MORE = ["Total", "Hold"] as const;

/** The cells that a rule and a regime share; below 20 outcomes the rates give way to one word. */
function FigureCells({ figures, more = false }: { figures: Figures; more?: boolean }): JSX.Element {
  const { counted, expectancy, autoWinrate } = figures;
  if (counted < FEW) {
    return (
      <>
        <td>{count(counted)}</td>
        <td colSpan={HEADS.length - 1 + (more ? MORE.length : 0)} className={classes.few}>
          {counted === 0 ? DASH : tooFew(counted)}
        </td>
      </>
    );
  }
  return (
    <>
      <td>{count(counted)}</td>
      <td>{r(expectancy.value)}</td>
      <td className={classes.dim}>{interval(expectancy.low, expectancy.high)}</td>
      <td>{percent(autoWinrate.value)}</td>
      <td className={classes.dim}>{bounds(autoWinrate.low, autoWinrate.high)}</td>
      <td>
        <RateBar {...autoWinrate} />
      </td>
      <td>{number(figures.profitFactor, 2)}</td>
      {more && (
        <>
          <td>{r(figures.totalR)}</td>
          <td>{number(figures.avgHoldBars, 1)}</td>
        </>
      )}
    </>
  );
}

function Table({ label, first, extra, children }: { label: string; first: string; extra: readonly string[]; children: ReactNode }): JSX.Element {
  return (
    <section className={classes.block} aria-label={label}>
      <header className={classes.blockHead}>
        <h2>{label}</h2>
      </header>
      <Scroll label={label} className={classes.tableScroll}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{first}</th>
              <th scope="col">{extra[0]}</th>
              {HEADS.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
              {extra.slice(1).map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      </Scroll>
    </section>
  );
}

/** Figures by regime, most frequent first. */
export function Regimes({ metrics }: { metrics: Metrics }): JSX.Element {
  const rows = Object.entries(metrics.regimeBreakdown).sort(([, a], [, b]) => b.triggers - a.triggers);
  return (
    <Table label="Regimes" first="Regime at the trigger" extra={["Share"]}>
      {rows.map(([regime, figures]) => (
        <tr key={regime}>
          <th scope="row">{regimeKeyWords(regime)}</th>
          <td>{percent(figures.share)}</td>
          <FigureCells figures={figures} />
        </tr>
      ))}
    </Table>
  );
}

export interface RulesTableProps {
  metrics: Metrics;
  rules: readonly Rule[];
  /** Only triggers of this rule are listed. */
  chosen: string | null;
  choose: (ruleId: string | null) => void;
}

export function RulesTable({ metrics, rules, chosen, choose }: RulesTableProps): JSX.Element {
  return (
    <Table label="Rules" first="Rule" extra={["Per day", ...MORE, "p random", "Your labels"]}>
      {Object.entries(metrics.perRule).map(([ruleId, cell]) => (
        <tr key={ruleId} data-chosen={chosen === ruleId || undefined}>
          <th scope="row">
            <UnstyledButton className={classes.link} onClick={() => choose(chosen === ruleId ? null : ruleId)} aria-pressed={chosen === ruleId}>
              {rules.find((rule) => rule.ruleId === ruleId)?.title ?? ruleId}
            </UnstyledButton>{" "}
            <span className={classes.dim}>{inOrder(cell.params, rules.find((rule) => rule.ruleId === ruleId))}</span>
          </th>
          <td>{number(cell.triggersPerDay, 1)}</td>
          <FigureCells figures={cell} more />
          <RuleEnds cell={cell} />
        </tr>
      ))}
    </Table>
  );
}

function RuleEnds({ cell }: { cell: RuleCell }): JSX.Element {
  const { labels } = cell;
  return (
    <>
      <td>{cell.counted < FEW ? DASH : probability(cell.pRandom)}</td>
      <td>{share(labels.good, labels.good + labels.bad)}</td>
    </>
  );
}

/** A rule's values in the order of its own description. */
function inOrder(params: Record<string, number>, rule: Rule | undefined): string {
  const names = rule ? paramFields(rule.params).map((field) => field.name) : Object.keys(params);
  return names.map((name) => params[name] ?? DASH).join("/");
}
