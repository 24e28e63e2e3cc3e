import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useMemo, useRef, useState, type JSX } from "react";

import type { RunResult } from "@/shared/api/backtest";
import { DASH, r } from "@/shared/lib/format";
import { exchangeTime, shortDate, type Calendar } from "@/shared/lib/marketTime";
import { tokensFor, type DirectionPair } from "@/shared/ui/tokens";

import { equityPoints, pointAt, type EquityPoint } from "./equity";
import { EquityController } from "./EquityController";
import classes from "./results.module.css";

export interface EquityProps {
  result: RunResult;
  other: RunResult | null;
  calendar: Calendar;
  colourPair: DirectionPair;
}

/** Equity in R over its drawdown; a second run lies over it, dashed. */
export function Equity({ result, other, calendar, colourPair }: EquityProps): JSX.Element {
  const scheme = useComputedColorScheme("dark");
  const container = useRef<HTMLDivElement>(null);
  const chart = useRef<EquityController | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const points = useMemo(() => equityPoints(result.metrics.equity.curve), [result]);
  const others = useMemo(() => (other === null ? null : equityPoints(other.metrics.equity.curve)), [other]);

  useEffect(() => {
    if (container.current === null) return undefined;
    const made = new EquityController(container.current, { tokens: tokensFor(scheme, colourPair), calendar, inspect: setAt });
    chart.current = made;
    return () => {
      chart.current = null;
      made.destroy();
    };
  }, [scheme, colourPair, calendar]);
  useEffect(() => chart.current?.show(points, others), [points, others, scheme, colourPair, calendar]);

  const here = at === null ? points.at(-1) : pointAt(points, at);
  const there = others === null ? null : at === null ? others.at(-1) : pointAt(others, at);
  return (
    <section className={classes.block} aria-label="Equity and drawdown">
      <header className={classes.blockHead}>
        <h2>Equity</h2>
        <span className={classes.dim}>{here ? `${shortDate(here.time * 1000, calendar)} ${exchangeTime(here.time * 1000, calendar)}` : DASH}</span>
        <Standing point={here ?? null} />
        {others && (
          <span className={classes.second}>
            B <Standing point={there ?? null} />
          </span>
        )}
        <span className={classes.space} />
        <span className={classes.dim}>R of every trigger with an outcome, by exit; drawdown below</span>
      </header>
      <div ref={container} className={classes.equity} role="img" aria-label={summary(result)} data-testid="equity" />
    </section>
  );
}

function Standing({ point }: { point: EquityPoint | null }): JSX.Element {
  return (
    <span>
      {r(point?.equity)} <span className={classes.dim}>drawdown</span> {r(point?.drawdown)}
    </span>
  );
}

function summary({ metrics }: RunResult): string {
  return `Equity ends at ${r(metrics.equity.totalR)}; deepest drawdown ${r(-metrics.equity.drawdown.r)}.`;
}
