import type { BacktestRun, RunResult, Trigger } from "@/shared/api/backtest";
import type { Rule } from "@/shared/api/types";

const FIRST = Date.UTC(2013, 9, 7, 13, 30); // Mon 09:30 ET

/** A long win on the session's bar number `bar`; change what the test is about. */
export function makeTrigger(bar: number, more: Partial<Trigger> = {}, r: number | null = 1.45): Trigger {
  const ts = FIRST + bar * 60_000;
  return {
    ruleId: "ema_cross",
    seq: ts / 60_000,
    ts,
    direction: "long",
    confidence: 0.7,
    regime: "trend/normal",
    warm: true,
    outcome: {
      state: r === null ? "open" : "closed",
      entry: 100,
      exit: r === null ? null : r > 0 ? "target" : "stop",
      exitPrice: r === null ? null : 100 + (r + 0.05) * 2,
      exitTs: r === null ? null : ts + 600_000,
      r,
      holdBars: r === null ? null : 10,
      mfe: r === null ? null : 1.5,
      mae: r === null ? null : 0.5,
      verdict: r === null ? null : r > 0 ? "good" : "bad",
      ambiguous: false,
    },
    ...more,
  };
}

const ESTIMATE = { value: 0.22, low: 0.05, high: 0.4 };
const SPREAD = { mean: 1, median: 1, p90: 1.5 };

/** A run's result with `counted` outcomes. */
export function makeResult(counted: number, more: Partial<RunResult> = {}): RunResult {
  const figures = {
    triggers: counted,
    counted,
    tooFew: counted < 20,
    totalR: 9.02,
    expectancy: ESTIMATE,
    profitFactor: 1.4,
    autoWinrate: { value: 0.58, low: 0.43, high: 0.72, good: 24, bad: 17, neutral: 0, breakEven: 0.42 },
    avgHoldBars: 4.4,
  };
  const cell = {
    ...figures,
    triggersPerDay: 8.2,
    outcomes: { target: 24, stop: 17, timeout: 0, open: 0, none: 0, ambiguous: 1 },
    mfe: SPREAD,
    mae: SPREAD,
    pRandom: 0.021,
    sharpe: { perTrade: 0.2, skewness: 0.3, kurtosis: 1.1, probabilistic: 0.93 },
  };
  return {
    runKey: "k",
    bars: 1950,
    triggers: [makeTrigger(10), makeTrigger(20, { direction: "short" }, -1.05)],
    triggerCount: counted,
    triggersDigest: "d",
    triggersUrl: null,
    winrate: null,
    labels: { good: 0, bad: 0 },
    metrics: {
      ...cell,
      sessions: 5,
      equity: { curve: [[FIRST, 1.45]], totalR: 9.02, drawdown: { r: 4.2, from: FIRST, to: FIRST + 60_000 } },
      regimeBreakdown: { "trend/normal": { ...figures, share: 1 } },
      perRule: {
        ema_cross: { ...cell, version: 1, params: { slow: 50, fast: 20 }, winrate: null, labels: { good: 0, bad: 0 } },
      },
    },
    proof: {
      prefix: { triggers: 16, silences: 16, failedSeqs: [], ok: true },
      window: { windows: [{ start: 0, end: 1, triggers: 9, ok: true }], ok: true },
      warmup: { bars: 3506, warm: true, coldTriggers: 0, withoutWarmup: null },
    },
    ...more,
  };
}

export function makeRun(result: RunResult | null, more: Partial<BacktestRun> = {}): BacktestRun {
  return {
    id: "01RUN",
    kind: "run",
    runKey: result?.runKey ?? null,
    status: result === null ? "running" : "done",
    progress: result === null ? 0.4 : 1,
    request: {
      symbol: "SPY",
      timeframe: "1m",
      start: FIRST,
      end: FIRST + 4 * 86_400_000 + 390 * 60_000,
      rules: [{ ruleId: "ema_cross", params: { fast: 20, slow: 50 } }],
      session: "regular",
      governor: false,
    },
    error: null,
    createdAt: "2013-10-12T00:00:00Z",
    finishedAt: null,
    result,
    ...more,
  };
}

export const EMA_CROSS: Rule = {
  ruleId: "ema_cross",
  version: "1",
  title: "EMA cross",
  description: "The fast average crosses the slow one.",
  params: {
    type: "object",
    properties: {
      fast: { type: "integer", title: "Fast period", description: "Bars of the fast average.", default: 20, minimum: 2, maximum: 389 },
      slow: { type: "integer", title: "Slow period", description: "Bars of the slow average.", default: 50, minimum: 3, maximum: 390 },
    },
  },
};
