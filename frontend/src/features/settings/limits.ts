/** The limits' fields, in the units that the form shows them in (pure). */
import type { RiskPolicy } from "@/shared/api/types";
import { createStore, type Store } from "@/shared/lib/store";

import { boundProblem, type Bound } from "./bounds";

type NumberKey = Exclude<keyof RiskPolicy, "lossSource">;

export interface Field {
  key: NumberKey;
  label: string;
  hint: string;
  /** Shown × scale: confidences as 0–100, cooldowns in minutes. */
  scale: number;
  decimals: number;
  bound: Bound;
}

export const FIELDS: readonly Field[] = [
  { key: "baseConfidence", label: "Base confidence", hint: "The gate at score 0, of 100", scale: 100, decimals: 1, bound: { low: 30, high: 95 } },
  { key: "cooldownSeconds", label: "Cooldown, minutes", hint: "Between alerts of one rule, symbol and direction, at score 0", scale: 1 / 60, decimals: 2, bound: { low: 0, high: 240 } },
  { key: "dailyLossR", label: "Daily loss, R", hint: "Locks to the session's end. Empty: no limit", scale: 1, decimals: 2, bound: { low: 0.25, high: 100, optional: true } },
  { key: "lossStreak", label: "Losses in a row", hint: "Locks to the session's end. Empty: no limit", scale: 1, decimals: 0, bound: { low: 1, high: 50, whole: true, optional: true } },
  { key: "alertsPerHour", label: "Alerts an hour", hint: "In the trailing 60 minutes. Empty: no limit", scale: 1, decimals: 0, bound: { low: 1, high: 1000, whole: true, optional: true } },
  { key: "dailyAlertBudget", label: "Alerts a session", hint: "Budget of the second governor. Empty: none", scale: 1, decimals: 0, bound: { low: 1, high: 1000, whole: true, optional: true } },
  { key: "staleAfterBars", label: "Stale after, bars", hint: "Older data hold alerts back", scale: 1, decimals: 1, bound: { low: 1, high: 60 } },
];

/** What the API calls the fields is not what the form does. */
export const FIELD_NAMES: Readonly<Record<string, string>> = Object.fromEntries(FIELDS.map(({ key, label }) => [key, label]));

export function shown(value: number | null, field: Field): number | null {
  return value === null ? null : Number((value * field.scale).toFixed(field.decimals + 2));
}

export function parsed(value: number | string, field: Field): number | null {
  if (value === "") return null;
  const own = Number(value) / field.scale;
  return field.key === "cooldownSeconds" ? Math.round(own) : Number(own.toFixed(6));
}

export function problemOf(policy: RiskPolicy, field: Field): string | undefined {
  return boundProblem(shown(policy[field.key], field), field.bound);
}

export type Change = Partial<RiskPolicy>;

/** What was typed and not saved yet. It outlives the form: whoever looks at another page finds it again. */
export const unsaved: Store<Change> = createStore<Change>({});

/** The change with one field more; a field that is as it was is none. */
export function changed<K extends keyof RiskPolicy>(change: Change, saved: RiskPolicy, key: K, value: RiskPolicy[K]): Change {
  const others = Object.fromEntries(Object.entries(change).filter(([name]) => name !== key)) as Change;
  return value === saved[key] ? others : { ...change, [key]: value };
}
