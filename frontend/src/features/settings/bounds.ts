/** What a number field accepts, in the units it is shown in (pure). */
import { count } from "@/shared/lib/format";

export interface Bound {
  low: number;
  high: number;
  whole?: boolean;
  optional?: boolean;
}

/** Why a value is refused, with the bound; undefined if it is fine. */
export function boundProblem(value: number | null, { low, high, whole = false, optional = false }: Bound): string | undefined {
  const range = `from ${written(low)} to ${written(high)}.`;
  if (value === null) return optional ? undefined : `May not be empty: ${range}`;
  if (whole && !Number.isInteger(value)) return `A whole number ${range}`;
  return value >= low && value <= high ? undefined : `Must be ${range}`;
}

const written = (value: number): string => (Number.isInteger(value) ? count(value) : String(value));

/** A confidence as it is shown. */
export const CONFIDENCE: Bound = { low: 0, high: 100 };

/** 0.55 as 55, whatever the binary fraction. */
export function toHundred(value: number): number {
  return Number((value * 100).toFixed(4));
}
