/**
 * Calls and shapes of backtests. Apart from `endpoints.ts`, so that the first load does not carry
 * what only the Backtest page needs.
 */
import type { Timeframe } from "@/shared/lib/format";

import { request } from "./http";
import type { components } from "./schema.gen";
import type { BarsResponse, Page } from "./types";

type S = components["schemas"];

export type RunStatus = S["Run"]["status"];
export type Session = S["RunRequestRequest"]["session"];
export type Trigger = S["Trigger"];
export type TriggerOutcome = NonNullable<Trigger["outcome"]>;
export type RuleCell = S["RuleCell"];
export type RegimeFigures = S["RegimeFigures"];
export type Figures = Omit<RegimeFigures, "share">;
export type Metrics = S["Metrics"];
export type Proof = S["Proof"];
export type GovernorAccount = S["Governor"];
export type RunResult = S["RunResult"];
export type SweepResult = S["SweepResult"];
export type Variant = S["Variant"];
export type WalkForwardResult = S["WalkForwardResult"];

export type Values = Record<string, number>;

export interface ChosenRule {
  ruleId: string;
  params: Values;
}

interface Window {
  symbol: string;
  timeframe: Timeframe;
  session: Session;
}

/** What is posted; start and end are session dates, or epoch ms. */
export interface RunRequest extends Window {
  start: number | string;
  end: number | string;
  rules: ChosenRule[];
  governor: boolean;
}

export interface Spaced {
  from: number;
  to: number;
  step: number;
}

export interface SweepRequest extends Window {
  start: number | string;
  end: number | string;
  ruleId: string;
  grid: Record<string, Spaced | number[]>;
  params: Values;
  walkForward: { train: number; test: number } | null;
}

/** As the server understood it: moments in ms, every parameter spelt out. */
export type StoredRun = RunRequest & { start: number; end: number };
export type StoredSweep = Omit<SweepRequest, "grid"> & { start: number; end: number; grid: Record<string, number[]> };

type Common = Omit<S["Run"], "kind" | "request" | "result">;
export type BacktestRun = Common & { kind: "run"; request: StoredRun; result: RunResult | null };
export type SweepRun = Common & { kind: "sweep"; request: StoredSweep; result: SweepResult | null };
export type AnyRun = BacktestRun | SweepRun;

/** Saved as it was asked: what it leaves out is the server's default. */
export interface AskedRun extends Omit<RunRequest, "rules" | "session" | "governor"> {
  rules: (string | { ruleId: string; params?: Values })[];
  session?: Session;
  governor?: boolean;
}
export type Preset = Omit<S["Preset"], "request"> & { request: AskedRun };

export interface BarsWindow extends Window {
  from: number;
  to: number;
}

const RUNS_SHOWN = 60;

const run = (id: string): string => `/api/backtest/runs/${encodeURIComponent(id)}`;

/** Runs that end within a second are answered whole. */
const WAIT_SECONDS = 1;

export const backtests = {
  run: (body: RunRequest) => request<AnyRun>("POST", "/api/backtest/run", { query: { wait: WAIT_SECONDS }, body }),
  sweep: (body: SweepRequest) => request<AnyRun>("POST", "/api/backtest/sweep", { query: { wait: WAIT_SECONDS }, body }),
  runs: () => request<Page<AnyRun>>("GET", "/api/backtest/runs", { query: { limit: RUNS_SHOWN } }),
  item: (id: string, signal?: AbortSignal) => request<AnyRun>("GET", run(id), signal ? { signal } : {}),
  /** Cancels a run under way (and answers with it), forgets one that has ended. */
  remove: (id: string) => request<AnyRun | undefined>("DELETE", run(id)),
  exportPath: (id: string, format: "csv" | "json") => `${run(id)}/export?format=${format}`,
  presets: () => request<Preset[]>("GET", "/api/backtest/presets"),
  savePreset: (body: { name: string; description: string; request: RunRequest }) =>
    request<Preset>("POST", "/api/backtest/presets", { body }),
  deletePreset: (id: string) => request<undefined>("DELETE", `/api/backtest/presets/${encodeURIComponent(id)}`),
  bars: ({ symbol, timeframe, session, from, to }: BarsWindow, signal?: AbortSignal) =>
    request<BarsResponse>("GET", "/api/bars", {
      query: { symbol, timeframe, session, from, to, indicators: "ema20,ema50,vwap" },
      ...(signal ? { signal } : {}),
    }),
};
