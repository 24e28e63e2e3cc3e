/** A sweep's grid as a heatmap (pure). */
import type { SweepResult, Variant } from "@/shared/api/backtest";

export interface Heat {
  rows: { name: string; values: number[] };
  columns: { name: string; values: number[] };
  /** The variant of a cell; undefined where the rule refuses the combination. */
  at: (row: number, column: number) => Variant | undefined;
}

/** The two parameters that vary; further ones are held at the best variant's values. */
export function heatOf({ axes, variants, best }: SweepResult): Heat | null {
  const names = Object.keys(axes).filter((name) => (axes[name]?.length ?? 0) > 1);
  const [rows, columns] = names;
  if (rows === undefined || columns === undefined) return null;
  const held = variants.find((variant) => variant.number === best) ?? variants[0];
  const rest = names.slice(2);
  const fits = variants.filter((variant) => rest.every((name) => variant.params[name] === held?.params[name]));
  const cells = new Map(fits.map((variant) => [`${variant.params[rows]}|${variant.params[columns]}`, variant]));
  return {
    rows: { name: rows, values: axes[rows] ?? [] },
    columns: { name: columns, values: axes[columns] ?? [] },
    at: (row, column) => cells.get(`${row}|${column}`),
  };
}

/** −1 … +1: an expectancy against the largest of the sweep, for the cell's shade. */
export function shade(variant: Variant, all: readonly Variant[]): number {
  const able = all.filter((item) => !item.tooFew).map((item) => Math.abs(item.expectancy.value ?? 0));
  const most = Math.max(...able, 0.01);
  return variant.tooFew ? 0 : (variant.expectancy.value ?? 0) / most;
}

/** Best first; those with too few outcomes last. */
export function ranked(variants: readonly Variant[]): Variant[] {
  const worth = (variant: Variant): number => (variant.tooFew ? -Infinity : (variant.expectancy.value ?? -Infinity));
  return [...variants].sort((a, b) => worth(b) - worth(a) || a.number - b.number);
}
