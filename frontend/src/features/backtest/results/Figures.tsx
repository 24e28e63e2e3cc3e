import type { JSX, ReactNode } from "react";

import type { RunResult } from "@/shared/api/backtest";
import { bounds, cases, count, DASH, FEW, number, percent, r, tooFew, wilson } from "@/shared/lib/format";
import { shortDate, type Calendar } from "@/shared/lib/marketTime";
import { RateBar } from "@/shared/ui/RateBar";

import { interval, probability } from "../words";
import classes from "./results.module.css";

interface FigureProps {
  name: string;
  value: string;
  /** The second run's value. */
  other: string | null;
  children: ReactNode;
  apart?: boolean;
}

function Figure({ name, value, other, children, apart = false }: FigureProps): JSX.Element {
  return (
    <div className={classes.figure} data-apart={apart || undefined}>
      <dt>{name}</dt>
      <dd>
        <span className={classes.value} data-testid={`figure-${name}`}>
          {value}
        </span>
        {other !== null && <span className={classes.second}>B {other}</span>}
        <span className={classes.small}>{children}</span>
      </dd>
    </div>
  );
}

export interface FiguresProps {
  result: RunResult;
  other: RunResult | null;
  calendar: Calendar;
}

/** Six figures of the run, each with its interval and n; the trader's own labels apart. */
export function Figures({ result, other, calendar }: FiguresProps): JSX.Element {
  const { metrics } = result;
  const { expectancy, autoWinrate, equity, counted } = metrics;
  const few = counted < FEW;
  const b = (read: (of: RunResult) => string): string | null => (other === null ? null : read(other));
  const { drawdown } = equity;
  return (
    <dl className={classes.figures}>
      <Figure name="Triggers" value={count(result.triggerCount)} other={b((of) => count(of.triggerCount))}>
        {count(result.bars)} bars, {count(metrics.sessions)} sessions
      </Figure>
      <Figure name="Per day" value={number(metrics.triggersPerDay, 1)} other={b((of) => number(of.metrics.triggersPerDay, 1))}>
        held {number(metrics.avgHoldBars, 1)} bars on average
      </Figure>
      <Figure name="Expectancy" value={few ? DASH : r(expectancy.value)} other={b((of) => meanOf(of))}>
        {few ? tooFew(counted) : `90 %: ${interval(expectancy.low, expectancy.high)}`}
        <br />
        {few ? "" : `${cases(counted)}${chance(metrics.pRandom)}`}
      </Figure>
      <Figure name="Hit rate" value={few ? DASH : percent(autoWinrate.value)} other={b((of) => hitsOf(of))}>
        {few ? (
          tooFew(counted)
        ) : (
          <>
            95&nbsp;%: {bounds(autoWinrate.low, autoWinrate.high)}, {cases(autoWinrate.good + autoWinrate.bad)}
            <br />
            <RateBar {...autoWinrate} /> even&nbsp;{percent(autoWinrate.breakEven)}
          </>
        )}
      </Figure>
      <Figure name="Profit factor" value={few ? DASH : number(metrics.profitFactor, 2)} other={b((of) => factorOf(of))}>
        {few ? tooFew(counted) : `total ${r(metrics.totalR)}, ${cases(counted)}`}
        <br />
        {few ? "" : `Sharpe prob. ${number(metrics.sharpe.probabilistic, 2)}`}
      </Figure>
      <Figure name="Drawdown" value={r(-drawdown.r)} other={b((of) => r(-of.metrics.equity.drawdown.r))}>
        {drawdown.from !== null && drawdown.to !== null ? `${shortDate(drawdown.from, calendar)} – ${shortDate(drawdown.to, calendar)}` : "none"}
      </Figure>
      <Figure name="Your labels" value={labelRate(result)} other={b(labelRate)} apart>
        {labelWords(result)}
      </Figure>
    </dl>
  );
}

const labelCount = ({ labels }: RunResult): number => labels.good + labels.bad;

function labelRate(result: RunResult): string {
  return labelCount(result) < FEW ? DASH : percent(result.winrate);
}

function labelWords(result: RunResult): string {
  const n = labelCount(result);
  if (n === 0) return "no label on these triggers";
  const counts = `${count(result.labels.good)} good : ${count(result.labels.bad)} bad`;
  if (n < FEW) return `${counts}, ${tooFew(n)}`;
  const interval = wilson(result.labels.good, n);
  return `95\u00a0%: ${bounds(interval?.low, interval?.high)}, ${counts}, ${cases(n)}`;
}

function meanOf({ metrics }: RunResult): string {
  return metrics.counted < FEW ? DASH : r(metrics.expectancy.value);
}

function hitsOf({ metrics }: RunResult): string {
  return metrics.counted < FEW ? DASH : percent(metrics.autoWinrate.value);
}

function factorOf({ metrics }: RunResult): string {
  return metrics.counted < FEW ? DASH : number(metrics.profitFactor, 2);
}

/** How often entries at random times did as well. */
function chance(p: number | null): string {
  return p === null ? "" : `, p\u00a0random\u00a0${probability(p)}`;
}
