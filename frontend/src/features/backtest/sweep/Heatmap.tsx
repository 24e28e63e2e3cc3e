import type { JSX } from "react";

import type { Variant } from "@/shared/api/backtest";
import { cases, r } from "@/shared/lib/format";

import results from "../results/results.module.css";
import { interval } from "../words";
import type { Heat } from "./model";
import { shade } from "./model";
import classes from "./sweep.module.css";

export interface HeatmapProps {
  heat: Heat;
  variants: readonly Variant[];
  best: number | null;
  title: (name: string) => string;
  run: (params: Record<string, number>) => void;
}

/** Expectancy over two parameters. The number is in the cell; its shade only repeats it. */
export function Heatmap({ heat, variants, best, title, run }: HeatmapProps): JSX.Element {
  return (
    <section className={results.block} aria-label="Expectancy over two parameters">
      <header className={results.blockHead}>
        <h2>Expectancy</h2>
        <span className={results.dim}>
          {title(heat.rows.name)} down, {title(heat.columns.name)} across; hatched: fewer than 20 outcomes. Click runs the variant.
        </span>
      </header>
      <div className={classes.heatScroll}>
        <table className={classes.heat}>
          <thead>
            <tr>
              <td />
              {heat.columns.values.map((value) => (
                <th key={value} scope="col">
                  {value}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {heat.rows.values.map((row) => (
              <tr key={row}>
                <th scope="row">{row}</th>
                {heat.columns.values.map((column) => (
                  <Cell key={column} variant={heat.at(row, column)} variants={variants} best={best} run={run} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface CellProps {
  variant: Variant | undefined;
  variants: readonly Variant[];
  best: number | null;
  run: HeatmapProps["run"];
}

function Cell({ variant, variants, best, run }: CellProps): JSX.Element {
  if (variant === undefined) return <td className={classes.refused} aria-label="refused by the rule" />;
  const value = shade(variant, variants);
  const tone = value >= 0 ? "var(--c-ok)" : "var(--c-bad)";
  const background = variant.tooFew ? undefined : `color-mix(in srgb, ${tone} ${Math.round(Math.abs(value) * 40)}%, transparent)`;
  const text = variant.tooFew ? `n ${variant.counted}` : r(variant.expectancy.value);
  return (
    <td data-few={variant.tooFew || undefined} style={{ background }}>
      <button
        type="button"
        data-best={variant.number === best || undefined}
        title={`${interval(variant.expectancy.low, variant.expectancy.high)}, ${cases(variant.counted)}`}
        onClick={() => run(variant.params)}
      >
        {text}
      </button>
    </td>
  );
}
