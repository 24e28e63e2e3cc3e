/** Words and numbers of the parity ledger (pure). */
import type { ParityDifference, ParityRow, ParitySide } from "@/shared/api/parity";
import { confidence, count, DASH, plural, price } from "@/shared/lib/format";

export type Cause = ParityDifference["cause"];

export const CAUSE_WORDS: Record<Cause, string> = {
  LATE_BAR: "late bar",
  REVISION: "revised bar",
  MISSING_BAR: "missing bar",
  WARMUP: "warm-up",
  FLAG: "flag",
  CODE: "code change",
};

/** A share of 1 with a digit more than elsewhere: 99.9 % is not 100. */
export function matchRate(value: number | null): string {
  if (value === null) return DASH;
  const tenths = Math.floor(value * 1000) / 10;
  return `${tenths === 100 ? "100" : tenths.toFixed(1)} %`;
}

export function causeWords(causes: Readonly<Record<string, number>>): string {
  const parts = Object.entries(causes).map(([cause, times]) => plural(times, CAUSE_WORDS[cause as Cause]));
  return parts.length === 0 ? "none" : parts.join(", ");
}

/** What the vendor changed afterwards. */
export function barWords(row: Pick<ParityRow, "bars" | "revisedBars" | "lateBars" | "missingBars">): string {
  const changed = [
    [row.revisedBars, "revised"],
    [row.lateBars, "late"],
    [row.missingBars, "missing"],
  ] as const;
  const words = changed.filter(([changes]) => changes > 0).map(([changes, what]) => `${count(changes)} ${what}`);
  return [plural(row.bars, "bar"), ...words].join(", ");
}

export function sideWords(side: ParitySide | null): string {
  return side === null ? "no trigger" : `${side.direction.toUpperCase()} at ${price(side.price, undefined)}, confidence ${confidence(side.confidence)}`;
}

export const rowId = (row: Pick<ParityRow, "symbol" | "session">): string => `${row.session} ${row.symbol}`;
