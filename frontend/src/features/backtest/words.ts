/** How this page writes its figures (pure). */
import type { AnyRun, ChosenRule, Metrics, RunRequest } from "@/shared/api/backtest";
import { cases, count, DASH, FEW, MINUS, r, signedNumber, tooFew } from "@/shared/lib/format";

type Maybe = number | null | undefined;

/** `−0.06…+0.10`: an interval of R. */
export function interval(low: Maybe, high: Maybe): string {
  if (typeof low !== "number" || typeof high !== "number") return DASH;
  return `${signedNumber(low)}…${signedNumber(high)}`;
}

/** An expectancy with its interval and n; below 20 outcomes it says too few. */
export function expectancyWithInterval(estimate: { value: Maybe; low: Maybe; high: Maybe }, n: number): string {
  if (n < FEW) return n === 0 ? DASH : tooFew(n);
  return `${r(estimate.value)} (${interval(estimate.low, estimate.high)}, ${cases(n)})`;
}

/** A p-value or a probability: three decimals, never 0. */
export function probability(value: Maybe): string {
  if (typeof value !== "number") return DASH;
  return value < 0.001 ? "< 0.001" : value.toFixed(3);
}

type NameOf = (ruleId: string) => string;

/** `EMA cross 20/50`. */
export function ruleWords({ ruleId, params }: ChosenRule, nameOf: NameOf): string {
  const values = Object.values(params);
  return values.length === 0 ? nameOf(ruleId) : `${nameOf(ruleId)} ${values.join("/")}`;
}

/** `SPY 1m, 3 rules`: a run in a list. */
export function runTitle({ request, kind }: AnyRun, nameOf: NameOf): string {
  const what = kind === "sweep" ? `sweep of ${nameOf(request.ruleId)}` : rulesWords(request.rules, nameOf);
  return `${request.symbol} ${request.timeframe}, ${what}`;
}

function rulesWords(rules: readonly ChosenRule[], nameOf: NameOf): string {
  const [only] = rules;
  return rules.length === 1 && only ? nameOf(only.ruleId) : `${rules.length} rules`;
}

/** What every figure of a run stands on, in one line. */
export function assumptions(request: Pick<RunRequest, "session" | "timeframe">): string {
  const session = request.session === "extended" ? "extended hours" : "regular session";
  const end = request.timeframe === "1d" ? "30 bars" : "30 bars or the session's end";
  return (
    `Closed ${request.timeframe} bars, ${session}; entry at the next open, stop ${MINUS}1R, target +1.5R, R = ATR14, ` +
    `out after ${end}; cost 0.05R; stop first when one bar touches both; means clip R to ${MINUS}2…+4.`
  );
}

const DRAWN_OUT = { target: "target", stop: "stop", timeout: "timeout" } as const;

/** How the outcomes ended: `418 target, 560 stop, 2 timeout`. */
export function endings(outcomes: Metrics["outcomes"]): string {
  const parts = Object.entries(DRAWN_OUT).map(([key, word]) => `${count(outcomes[key as keyof typeof DRAWN_OUT])} ${word}`);
  if (outcomes.open > 0) parts.push(`${count(outcomes.open)} still open`);
  if (outcomes.none > 0) parts.push(`${count(outcomes.none)} on a session's last bar`);
  if (outcomes.ambiguous > 0) parts.push(`${count(outcomes.ambiguous)} ambiguous`);
  return parts.join(", ");
}
